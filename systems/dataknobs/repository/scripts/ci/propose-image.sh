#!/usr/bin/env bash
# Proposes an image for an environment: a pull request that sets its tag in the overlay from which Argo CD deploys.
#
#   SHA=… [TAG=sha-…] GITHUB_TOKEN=… PROMOTION_TOKEN=… propose-image.sh development|staging|production
#
# Without TAG production takes what staging runs as of commit SHA; no image gets there that staging has not had.
# The branches take pull requests only. There is one of them for each environment; a later image takes the place of an earlier one in it.
# What it reports, as output `status` and as the commit status cd/<environment>, is only ever what is true:
#   deployed     the overlay carries the tag already              success
#   pending      a pull request waits, at the output `url`        pending
#   superseded   the overlay carries a later image                success
# Anything else, a banned image among it, ends with exit code 1.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

environment=${1:-}
base=$(branch_of "$environment")
folder=$(overlay_of "$environment")
overlay=$folder/kustomization.yaml
staging=$(overlay_of staging)/kustomization.yaml
require SHA GITHUB_TOKEN PROMOTION_TOKEN
image_tag "$SHA" >/dev/null
if [[ -z ${TAG:-} && $environment == production ]]; then
  read_file "$staging" "$SHA"
  TAG=$(overlay_tag <<<"$file_text")
fi
require TAG
require_image_tag "$TAG"

# report STATUS STATE DESCRIPTION [URL], with the job's own token: the App needs no right to set statuses.
report() {
  github_ok POST "/statuses/$SHA" "$(
    jq --null-input --arg state "$2" --arg context "cd/$environment" --arg description "${3:0:140}" --arg url "${4:-}" \
      '{state: $state, context: $context, description: $description} + (if $url == "" then {} else {target_url: $url} end)'
  )"
  summary "**$environment**: $3${4:+ ($4)}"
  output url "${4:-}"
  output status "$1"
}

# later TAG THAN: is TAG the image of a commit after that of THAN? Unknown commits are not.
later() {
  is_image_tag "$1" && is_image_tag "$2" || return 1
  github GET "/compare/${2#sha-}...${1#sha-}"
  case $response_status in
    200) [[ $(field .status) == ahead ]] ;;
    404 | 422) return 1 ;;
    *) die "the commits ${2#sha-} and ${1#sha-} cannot be compared: GitHub answered $response_status: $(message)" ;;
  esac
}

# validated TAG: is it, or was it, in staging's overlay on staging's branch?
validated() {
  local commit
  github_ok GET "/commits?sha=$(branch_of staging)&path=$staging&per_page=100"
  for commit in $(field '.[].sha'); do
    read_file "$staging" "$commit"
    [[ $(overlay_tag <<<"$file_text") != "$1" ]] || return 0
  done
  return 1
}

[[ -n $(registry_digest "$TAG") ]] || die "$IMAGE:$TAG is not in the registry: nothing that was not built and scanned is deployed"
read_file "$folder/banned-tags.txt" "$base"
if sed -E 's/[[:blank:]]*(#.*)?$//' <<<"$file_text" | grep -qxF -e "$TAG"; then
  die "$TAG is banned: it stands in $folder/banned-tags.txt on $base, as it was rolled back. Deploy a later image"
fi
[[ $environment != production ]] || validated "$TAG" ||
  die "$TAG has never been in staging's overlay on $(branch_of staging): production takes only what staging has validated"
read_file "$overlay" "$base"
current=$(overlay_tag <<<"$file_text")
if [[ $current == "$TAG" ]]; then
  report deployed success "$TAG is in the overlay on $base; Argo CD syncs it"
  exit 0
fi
if later "$current" "$TAG"; then
  report superseded success "$current, of a later commit, is in the overlay on $base already"
  exit 0
fi

# From here on as the App: a pull request of GITHUB_TOKEN would wait for checks that never start.
branch=promotion/$environment
title="deploy: $TAG to $environment"
github_token=$PROMOTION_TOKEN
github_ok GET "/pulls?state=open&base=$base&head=${GITHUB_REPOSITORY%%/*}:$branch"
number=$(field '.[0].number // empty')
url=$(field '.[0].html_url // empty')
if [[ -n $number ]]; then
  read_file "$overlay" "$branch"
  proposed=$(overlay_tag <<<"$file_text")
  if [[ $proposed == "$TAG" ]] || later "$proposed" "$TAG"; then
    github_token="" report pending pending "$proposed waits for approval; $environment still runs $current" "$url"
    exit 0
  fi
fi

# One commit on top of today's $base, whatever the branch held before: the pull request is up to date and changes this one line. Made
# through the API and naming no author, so GitHub signs it. No [skip ci]: required checks of the pull request would never start.
github_ok GET "/git/ref/heads/$base"
head=$(field .object.sha)
github_ok GET "/git/commits/$head"
tree=$(field .tree.sha)
read_file "$overlay" "$head"
text=$(overlay_with_tag "$TAG" <<<"$file_text")
github_ok POST /git/trees "$(
  jq --null-input --arg base "$tree" --arg path "$overlay" --arg text "$text" \
    '{base_tree: $base, tree: [{path: $path, mode: "100644", type: "blob", content: ($text + "\n")}]}'
)"
tree=$(field .sha)
github_ok POST /git/commits "$(
  jq --null-input --arg message "$title" --arg tree "$tree" --arg parent "$head" '{message: $message, tree: $tree, parents: [$parent]}'
)"
commit=$(field .sha)
github POST /git/refs "$(jq --null-input --arg ref "refs/heads/$branch" --arg sha "$commit" '{ref: $ref, sha: $sha}')"
if [[ $response_status == 422 ]] && message | grep -qi 'already exists'; then
  github_ok PATCH "/git/refs/heads/$branch" "$(jq --null-input --arg sha "$commit" '{sha: $sha, force: true}')"
elif [[ $response_status != 201 ]]; then
  die "branch $branch cannot be created: GitHub answered $response_status: $(message)"
fi
body="Sets image \`$TAG\` in place of \`$current\`. It has passed CI, the security scans and Trivy. Merging this deploys it to $environment."
if [[ -n $number ]]; then
  github_ok PATCH "/pulls/$number" "$(jq --null-input --arg title "$title" --arg body "$body" '{title: $title, body: $body}')"
else
  github_ok POST /pulls "$(
    jq --null-input --arg title "$title" --arg head "$branch" --arg base "$base" --arg body "$body" \
      '{title: $title, head: $head, base: $base, body: $body}'
  )"
  url=$(field .html_url)
fi
github_token="" report pending pending "$TAG waits for approval; $environment still runs $current" "$url"
