#!/usr/bin/env bash
# Proposes a version to production: a pull request to branch production that holds the files of the version's commit, with its image in
# the overlay. Merging it deploys it; Argo Rollouts shifts the traffic and stops where an analysis fails. Outputs `number` and `url`.
#
#   SHA=… CHECKSUM=… PROMOTION_TOKEN=… deploy-production.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/proposal.sh
source "$here/../lib/proposal.sh"

require SHA CHECKSUM PROMOTION_TOKEN
# shellcheck disable=SC2034 # for github.sh: a pull request of GITHUB_TOKEN would wait for checks that never start
github_token=$PROMOTION_TOKEN
tag=$(image_tag "$SHA")
base=$(branch_of production)
folder=$(overlay_of production)
overlay=$folder/kustomization.yaml

[[ -n $(registry_digest "$tag") ]] || die "$IMAGE:$tag is not in the registry: nothing that was not built and scanned is deployed"
# Branch production says which images are banned, whatever the version's own commit says.
read_file "$folder/banned-tags.txt" "$base"
bans=$file_text
! banned "$tag" <<<"$bans" || die "$tag stands in $folder/banned-tags.txt on $base, as it was rolled back. Deploy a later image"
read_file "$overlay" "$base"
current=$(overlay_tag <<<"$file_text")
read_file "$overlay" "$SHA"
[[ -n $file_text ]] || die "commit $SHA has no $overlay"
text=$(overlay_with_tag "$tag" <<<"$file_text")
commit_tree "$SHA" "$(head_of "$base")" "deploy: $tag to production" "$overlay" "$text" "$folder/banned-tags.txt" "$bans"
propose promotion/production "$base" "$new_commit" "deploy: $tag to production" \
  "Deploys commit $SHA, image \`$tag\`, in place of \`$current\`. SHA-256 of its artifact: \`$CHECKSUM\`.
Two different people have approved the run. Merging this deploys it."
summary "**production**: $tag waits in $proposal_url"
output number "$proposal_number"
output url "$proposal_url"
