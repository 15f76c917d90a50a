#!/usr/bin/env bash
# Gives the image that has passed the scan its tags.
#
#   SHA=… BRANCH=main DIGEST=sha256:… VERSION=0.3.6 GITHUB_TOKEN=… REGISTRY_USER=… REGISTRY_TOKEN=… tag-image.sh
#
# sha-<8>      always; never moved
# v<version>   on main; the first build of a version gets it, it is never moved
# latest, dev  on main and on dev; the newest commit of the branch that has an image, so a slow old build cannot take it back
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/registry.sh
source "$here/../lib/registry.sh"

require SHA BRANCH DIGEST VERSION GITHUB_TOKEN
# shellcheck disable=SC2153 # it comes from the environment
[[ $DIGEST =~ ^sha256:[0-9a-f]{64}$ ]] || die "DIGEST is '$DIGEST'; it must be sha256: and 64 hexadecimal digits"
case $BRANCH in
  main) moving=latest ;;
  dev) moving=dev ;;
  *) die "BRANCH is '$BRANCH'; only main and dev are deployed" ;;
esac

tag=$(image_tag "$SHA")
registry_login pull,push
existing=$(registry_digest "$tag")
if [[ -z $existing ]]; then
  registry_tag "$DIGEST" "$tag"
elif [[ $existing != "$DIGEST" ]]; then
  die "$IMAGE:$tag is $existing already and a sha- tag never moves; this build is $DIGEST"
fi

if [[ $BRANCH == main ]]; then
  existing=$(registry_digest "v$VERSION")
  if [[ -z $existing ]]; then
    registry_tag "$DIGEST" "v$VERSION"
  elif [[ $existing != "$DIGEST" ]]; then
    summary "$IMAGE:v$VERSION is an earlier build of that version and stays so. Raise the version in pyproject.toml to release this one."
  fi
fi

# newest_image: digest of the newest commit on the branch that has an image; this commit has one.
newest_image() {
  local commit digest
  github_ok GET "/repos/$GITHUB_REPOSITORY/commits?sha=$BRANCH&per_page=100"
  for commit in $(field '.[].sha'); do
    digest=$(registry_digest "$(image_tag "$commit")") || exit 1
    [[ -n $digest || $commit == "$SHA" ]] || continue
    printf '%s' "${digest:-$DIGEST}"
    return
  done
}

# Asked again after the move: a newer build may have finished meanwhile.
while true; do
  newest=$(newest_image)
  current=$(registry_digest "$moving")
  [[ -n $newest && $newest != "$current" ]] || break
  registry_tag "$newest" "$moving"
done
summary "$IMAGE@$DIGEST is $tag."
