#!/usr/bin/env bash
# Brings image tags into an environment's overlay on main, from where Argo CD deploys them: by pull request, since main takes nothing else.
#
#   SHA=… AIRFLOW_TAG=sha-… FRONTEND_TAG=sha-… GITHUB_TOKEN=… PROMOTION_TOKEN=… REGISTRY_USER=… REGISTRY_TOKEN=… propose-overlay.sh staging
#
# SHA is the commit whose status cd/<environment> tells what is true. A tag that is left empty stays as it is. Refused is a tag that is
# banned, that is not in the registry, or that the environment before has never had. Outputs `airflow`, `frontend`, and `status`:
#   carried      the overlay carries the tags: whether they run is for verify-rollout.sh to say
#   pending      pending manual approval, at the output `url`; run again once it is merged
#   superseded   the overlay carries the images of a later commit
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/registry.sh
source "$here/../lib/registry.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/overlay.sh
source "$here/../lib/overlay.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/promotion.sh
source "$here/../lib/promotion.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/report.sh
source "$here/../lib/report.sh"

environment=${1:-}
folder=$(folder_of "$environment")
before=$(environment_before "$environment")
require SHA GITHUB_TOKEN
is_commit "$SHA" || die "SHA is '$SHA'; it must be a full commit SHA"

# check PACKAGE TAG: ends the script if the image must not be deployed here.
check() {
  local package=$1 tag=$2
  require_image_tag "$tag"
  ! is_banned "$tag" <<<"$banned" || die "$tag stands in $folder/banned-tags.txt: it was taken out of $environment and must not come back"
  # In a shell of its own: the registry's token is for one image.
  [[ -n $(
    IMAGE=$(image_of "$package")
    registry_digest "$tag"
  ) ]] || die "$(image_of "$package"):$tag is not in the registry: nothing that was not built and scanned is deployed"
  [[ -z $before ]] || was_in "$before" "$package" "$tag" ||
    die "$package $tag has never been in the overlay of $before: $environment takes only what was there first"
}

# is_later TAG: is it the image of a commit after ours? An unknown commit is not.
is_later() {
  is_image_tag "$1" || return 1
  github GET "/repos/$GITHUB_REPOSITORY/compare/${1#sha-}...$SHA"
  case $response_status in
    200) [[ $(field .status) == behind ]] ;;
    404 | 422) return 1 ;;
    *) die "the commits ${1#sha-} and $SHA cannot be compared: GitHub answered $response_status: $(message)" ;;
  esac
}

read_file "$folder/banned-tags.txt" main
banned=$file_text
read_file "$folder/kustomization.yaml" main
current_airflow=$(overlay_tag airflow <<<"$file_text")
current_frontend=$(overlay_tag frontend <<<"$file_text")
airflow=${AIRFLOW_TAG:-$current_airflow}
frontend=${FRONTEND_TAG:-$current_frontend}
require_image_tag "$airflow"
require_image_tag "$frontend"

if [[ $airflow == "$current_airflow" && $frontend == "$current_frontend" ]]; then
  note "The overlay of $environment carries airflow $airflow and frontend $frontend."
  status=carried
elif [[ $environment == dev ]] && is_later "$current_airflow"; then
  summary "$current_airflow, of a later commit, is in the overlay of dev already."
  status=superseded
else
  [[ $airflow == "$current_airflow" ]] || check airflow "$airflow"
  [[ $frontend == "$current_frontend" ]] || check frontend "$frontend"
  require PROMOTION_TOKEN
  proposal_url=""
  github_token=$PROMOTION_TOKEN propose_tags "$environment" "$airflow" "$frontend" \
    "Deploys airflow \`$airflow\` (was \`$current_airflow\`) and frontend \`$frontend\` (was \`$current_frontend\`) to $environment once it is merged."
  report "$environment" pending "pending manual approval: airflow $airflow, frontend $frontend are not in $environment" "$proposal_url"
  output url "$proposal_url"
  status=pending
fi
output airflow "$airflow"
output frontend "$frontend"
output status "$status"
