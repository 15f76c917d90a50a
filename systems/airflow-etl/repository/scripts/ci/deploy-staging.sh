#!/usr/bin/env bash
# Proposes a commit of main to staging: a pull request to branch staging that holds its files, with its image in the overlay. GitHub merges
# it once the checks have passed; nobody needs to approve. Outputs `status` (deployed, superseded or pending), `number` and `url`.
#
#   SHA=… PROMOTION_TOKEN=… deploy-staging.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/proposal.sh
source "$here/../lib/proposal.sh"

require SHA PROMOTION_TOKEN
# shellcheck disable=SC2034 # for github.sh: a pull request of GITHUB_TOKEN would wait for checks that never start
github_token=$PROMOTION_TOKEN
tag=$(image_tag "$SHA")
base=$(branch_of staging)
folder=$(overlay_of staging)
overlay=$folder/kustomization.yaml

[[ -n $(registry_digest "$tag") ]] || die "$IMAGE:$tag is not in the registry: nothing that was not built and scanned is deployed"
# Branch staging says which images are banned, whatever the commit itself says.
read_file "$folder/banned-tags.txt" "$base"
bans=$file_text
! banned "$tag" <<<"$bans" || die "$tag stands in $folder/banned-tags.txt on $base, as it was rolled back. Deploy a later image"
read_file "$overlay" "$base"
current=$(overlay_tag <<<"$file_text")
if [[ $current == "$tag" ]]; then
  summary "**staging** carries $tag already."
  output status deployed
  exit 0
fi
# The image of an earlier commit, whose run took longer, must not take the place of a later one.
github GET "/compare/$SHA...${current#sha-}"
if [[ $response_status == 200 && $(field .status) == ahead ]]; then
  summary "**staging** carries $current, of a later commit, already."
  output status superseded
  exit 0
fi

read_file "$overlay" "$SHA"
[[ -n $file_text ]] || die "commit $SHA has no $overlay"
text=$(overlay_with_tag "$tag" <<<"$file_text")
commit_tree "$SHA" "$(head_of "$base")" "deploy: $tag to staging" "$overlay" "$text" "$folder/banned-tags.txt" "$bans"
propose promotion/staging "$base" "$new_commit" "deploy: $tag to staging" \
  "Deploys commit $SHA, image \`$tag\`, in place of \`$current\`. CI has succeeded for it. GitHub merges this once the checks have passed."
merge_when_ready "$proposal_number"
summary "**staging**: $tag is merged once the checks have passed ($proposal_url)"
output number "$proposal_number"
output url "$proposal_url"
output status pending
