#!/usr/bin/env bash
# Brings production back after a deployment that failed. One that was not merged is closed. One that was merged is answered by a pull
# request that holds the files of the commit before, and bans the image. The cluster does not wait for it: Argo Rollouts has gone back
# to the old version by itself where an analysis failed, and `kubectl argo rollouts undo` does where none did.
#
#   NUMBER=… TAG=sha-… PREVIOUS=… PROMOTION_TOKEN=… emergency-rollback.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/proposal.sh
source "$here/../lib/proposal.sh"

require NUMBER TAG PREVIOUS PROMOTION_TOKEN
[[ $NUMBER =~ ^[0-9]+$ ]] || die "NUMBER is '$NUMBER'; it must be the number of the deployment's pull request"
require_image_tag "$TAG"
image_tag "$PREVIOUS" >/dev/null
# shellcheck disable=SC2034 # for github.sh
github_token=$PROMOTION_TOKEN
base=$(branch_of production)
folder=$(overlay_of production)

github_ok GET "/pulls/$NUMBER"
if [[ $(field .merged) != true ]]; then
  github_ok PATCH "/pulls/$NUMBER" '{"state": "closed"}'
  summary "**Rollback**: $TAG was never merged; its pull request is closed and production is as it was."
  output status closed
  exit 0
fi
read_file "$folder/kustomization.yaml" "$PREVIOUS"
before=$(overlay_tag <<<"$file_text")
text=$file_text
read_file "$folder/banned-tags.txt" "$base"
bans=$file_text
banned "$TAG" <<<"$bans" || bans+=$'\n'"$TAG # rolled back by run ${GITHUB_RUN_ID:-unknown}"
commit_tree "$PREVIOUS" "$(head_of "$base")" "revert: $TAG in production, back to $before" \
  "$folder/kustomization.yaml" "$text" "$folder/banned-tags.txt" "$bans"
propose rollback/production "$base" "$new_commit" "revert: $TAG in production, back to $before" \
  "The deployment of \`$TAG\` failed its validation. This holds the files of $PREVIOUS and bans the image. Merging it brings Git in line
with what the cluster went back to."
summary "**Rollback**: $TAG to $before waits in $proposal_url"
output status pending
output url "$proposal_url"
