#!/usr/bin/env bash
# Gives an image that has passed the scan its tags: sha-<8> always, v<version> to the first build of a version. Neither ever moves.
#
#   SHA=… IMAGE=ghcr.io/data-platform-aks/airflow DIGEST=sha256:… VERSION=0.1.0 REGISTRY_USER=… REGISTRY_TOKEN=… tag-image.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/registry.sh
source "$here/../lib/registry.sh"

require SHA IMAGE DIGEST VERSION
# shellcheck disable=SC2153 # it comes from the environment
[[ $DIGEST =~ ^sha256:[0-9a-f]{64}$ ]] || die "DIGEST is '$DIGEST'; it must be sha256: and 64 hexadecimal digits"
tag=$(image_tag "$SHA")
registry_login pull,push
existing=$(registry_digest "$tag")
if [[ -z $existing ]]; then
  registry_tag "$DIGEST" "$tag"
elif [[ $existing != "$DIGEST" ]]; then
  die "$IMAGE:$tag is $existing already and a sha- tag never moves; this build is $DIGEST"
fi
[[ -n $(registry_digest "v$VERSION") ]] || registry_tag "$DIGEST" "v$VERSION"
summary "$IMAGE@$DIGEST is $tag."
