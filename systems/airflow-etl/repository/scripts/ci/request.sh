#!/usr/bin/env bash
# Judges a request to deploy to production. Outputs `sha` and `tag` of what is going to be deployed, and `previous`, the commit of now.
#
#   VERSION=main|<commit> REASON='OPS-12: …' GITHUB_TOKEN=… request.sh
#
# `main` is what staging runs: main's own head may be on its way there still.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/proposal.sh
source "$here/../lib/proposal.sh"

require VERSION REASON GITHUB_TOKEN
[[ $VERSION =~ ^(main|[0-9a-f]{7,40})$ ]] || die "version is '$VERSION'; it must be main, or a commit of main in hexadecimal digits"
[[ ${REASON//[[:space:]]/} =~ .{8,} ]] || die "reason is '$REASON'; say why in at least eight letters, with the ticket's number"

overlay=$(overlay_of staging)/kustomization.yaml
staging=$(branch_of staging)
if [[ $VERSION == main ]]; then
  read_file "$overlay" "$staging"
  tag=$(overlay_tag <<<"$file_text")
  require_image_tag "$tag"
  VERSION=${tag#sha-}
fi
github GET "/commits/$VERSION"
[[ $response_status == 200 ]] || die "version $VERSION is no commit of this repository: $(message)"
sha=$(field .sha)
tag=$(image_tag "$sha")
github_ok GET "/compare/main...$sha"
[[ $(field .status) =~ ^(behind|identical)$ ]] || die "commit $sha is not on main: only what was reviewed and merged is deployed"

# validated: is the image, or was it, in the overlay of branch staging?
validated() {
  local commit
  github_ok GET "/commits?sha=$staging&path=$overlay&per_page=100"
  for commit in $(field '.[].sha'); do
    read_file "$overlay" "$commit"
    [[ $(overlay_tag <<<"$file_text") != "$tag" ]] || return 0
  done
  return 1
}
validated || die "$tag has never been in staging's overlay: production takes only what staging has run"
list=$(overlay_of production)/banned-tags.txt
read_file "$list" "$(branch_of production)"
! banned "$tag" <<<"$file_text" || die "$tag stands in $list on $(branch_of production), as it was rolled back. Deploy a later image"
previous=$(head_of "$(branch_of production)")

# What people wrote is quoted: in a table it could draw another one.
summary "**Request**: deploy $tag (commit $sha) to production, asked for by ${GITHUB_ACTOR:-an unknown account}"
summary "    ${REASON//[$'\n\r']/ }"
output sha "$sha"
output tag "$tag"
output previous "$previous"
