#!/usr/bin/env bash
# Brings an image tag into an environment's overlay, from where Argo CD deploys it.
#
#   TAG=sha-… SHA=… OVERLAY=infra/argocd/overlays/dev/kustomization.yaml GITHUB_TOKEN=… PROMOTION_TOKEN=… update-overlay.sh dev
#
# It commits to the environment's branch. Where a rule of the branch refuses that, it opens a pull request; without a PROMOTION_TOKEN (of
# the promotion App), or where that may not open one, an issue. What it reports, as output `status` and as the commit status
# cd/<environment>, is only ever what is true:
#   updated      the overlay carries the tag                              success
#   pending      pending manual approval, at the output `url`             pending
#   superseded   the overlay carries the image of a later commit          success
# Anything else, a banned image among it, ends with exit code 1 and no success anywhere.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/promotion.sh
source "$here/../lib/promotion.sh"

environment=${1:-}
branch=$(branch_of "$environment")
require SHA TAG GITHUB_TOKEN
overlay=${OVERLAY:-$(overlay_of "$environment")}
require_image_tag "$TAG"
[[ $TAG == "$(image_tag "$SHA")" ]] || die "TAG $TAG is not the image of commit $SHA"
title="chore: update $branch image to $TAG [skip ci]"
require_not_banned "$environment" "$TAG"

# report STATUS STATE DESCRIPTION [URL]
report() {
  # With the job's own token: the App needs no right to set statuses.
  github_token="" github_ok POST "/repos/$GITHUB_REPOSITORY/statuses/$SHA" "$(
    jq -n --arg state "$2" --arg context "cd/$environment" --arg description "${3:0:140}" --arg url "${4:-}" \
      '{state: $state, context: $context, description: $description} + (if $url == "" then {} else {target_url: $url} end)'
  )"
  summary "**$environment**: $3${4:+ ($4)}"
  output url "${4:-}"
  output status "$1"
}

# superseded TAG: is the image that the overlay carries of a commit after ours? An unknown commit is not.
superseded() {
  is_image_tag "$1" || return 1
  github GET "/repos/$GITHUB_REPOSITORY/compare/${1#sha-}...$SHA"
  case $response_status in
    200) [[ $(field .status) == behind ]] ;;
    404 | 422) return 1 ;;
    *) die "the commits ${1#sha-} and $SHA cannot be compared: GitHub answered $response_status: $(message)" ;;
  esac
}

# open_issue: sets proposal_url.
open_issue() {
  local issue="Promote $TAG to $environment: pending manual approval"
  github_ok GET "/repos/$GITHUB_REPOSITORY/issues?state=open&labels=promotion&per_page=100"
  proposal_url=$(jq --raw-output --arg title "$issue" '[.[] | select(.title == $title and .pull_request == null)][0].html_url // empty' \
    <<<"$response_body")
  [[ -z $proposal_url ]] || return 0
  github_ok POST "/repos/$GITHUB_REPOSITORY/issues" "$(
    jq -n --arg title "$issue" --arg body "Branch \`$branch\` takes changes by pull request only, and CD could not open one.
To deploy the image, run \`scripts/promote.sh --environment $environment --image-tag $TAG\` and have the pull request approved." \
      '{title: $title, body: $body, labels: ["promotion"]}'
  )"
  proposal_url=$(field .html_url)
}

proposal_url=""
for attempt in 1 2 3; do
  github_token=${PROMOTION_TOKEN:-} read_file "$overlay" "$branch"
  current=$(overlay_tag <<<"$file_text")
  if [[ $current == "$TAG" ]]; then
    report updated success "$TAG is in the overlay on $branch; Argo CD syncs ${APPLICATION:-it}"
    exit 0
  fi
  if superseded "$current"; then
    report superseded success "$current, of a later commit, is in the overlay on $branch already"
    exit 0
  fi
  [[ -n ${PROMOTION_TOKEN:-} ]] || break
  text=$(overlay_with_tag "$TAG" <<<"$file_text")
  github_token=$PROMOTION_TOKEN write_file "$overlay" "$branch" "$title" "$text" "$file_sha"
  if [[ $response_status == 2?? ]]; then
    report updated success "$TAG is in the overlay on $branch; Argo CD syncs ${APPLICATION:-it}" "$(field .commit.html_url)"
    exit 0
  fi
  if refused; then
    note "branch $branch refuses the commit: $(message)"
    github_token=$PROMOTION_TOKEN propose_tag "$environment" "$overlay" "$TAG" "$title" \
      "Image \`$TAG\` of $SHA has passed CI, the security scans and Trivy. Merging this deploys it to $environment."
    break
  fi
  # 409 without a rule: somebody else has changed the overlay since it was read.
  [[ $response_status == 409 ]] || die "$overlay on $branch cannot be written: GitHub answered $response_status: $(message)"
  ((attempt < 3)) || die "$overlay on $branch changed three times while it was being written"
done

[[ -n $proposal_url ]] || open_issue
report pending pending "pending manual approval: $TAG is not deployed to $environment" "$proposal_url"
