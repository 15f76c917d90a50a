#!/usr/bin/env bash
# Does the cluster run the images that the overlay carries? Waits for it, and records the deployment at GitHub with the truth.
#
#   SHA=… AIRFLOW=sha-… FRONTEND=sha-… NAMESPACE=data-platform-dev GITHUB_TOKEN=… verify-rollout.sh dev
#
# kubectl must point at the cluster. It reads only: Argo CD deploys. WAIT_SECONDS (default 900) is how long Argo CD and the rollouts may
# take in all, PAUSE_SECONDS (default 10) how long to wait before asking again.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/overlay.sh
source "$here/../lib/overlay.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/report.sh
source "$here/../lib/report.sh"

environment=${1:-}
folder_of "$environment" >/dev/null
require SHA AIRFLOW FRONTEND NAMESPACE GITHUB_TOKEN
require_image_tag "$AIRFLOW"
require_image_tag "$FRONTEND"
deadline=$((SECONDS + ${WAIT_SECONDS:-900}))

# wanted DEPLOYMENT: the image that it must run.
wanted() {
  case $1 in
    airflow-*) printf '%s:%s' "$(image_of airflow)" "$AIRFLOW" ;;
    *) printf '%s:%s' "$(image_of "$1")" "$FRONTEND" ;;
  esac
}

# runs DEPLOYMENT: waits until its template names the wanted image and its rollout has ended. Fails at the deadline.
runs() {
  local deployment=$1 image live=""
  image=$(wanted "$deployment")
  while true; do
    live=$(kubectl --namespace "$NAMESPACE" get "deployment/$deployment" --output 'jsonpath={.spec.template.spec.containers[0].image}' || true)
    [[ $live != "$image" ]] || break
    if ((SECONDS >= deadline)); then
      note "deployment $deployment names ${live:-no image}, not $image"
      return 1
    fi
    sleep "${PAUSE_SECONDS:-10}"
  done
  local left=$((deadline - SECONDS))
  kubectl --namespace "$NAMESPACE" rollout status "deployment/$deployment" --timeout "$((left > 1 ? left : 1))s" >&2
}

# record STATE DESCRIPTION: a deployment at GitHub, with its only status. Of main, as the environments take nothing else.
record() {
  local production=false id
  [[ $environment != prod ]] || production=true
  github_ok POST "/repos/$GITHUB_REPOSITORY/deployments" "$(
    jq -n --arg environment "$environment" --arg airflow "$AIRFLOW" --arg frontend "$FRONTEND" \
      --argjson production "$production" '{
        ref: "main", environment: $environment, production_environment: $production, auto_merge: false, required_contexts: [],
        description: "airflow \($airflow), frontend \($frontend)", payload: {airflow: $airflow, frontend: $frontend}
      }'
  )"
  id=$(field .id)
  github_ok POST "/repos/$GITHUB_REPOSITORY/deployments/$id/statuses" "$(
    jq -n --arg state "$1" --arg description "${2:0:140}" '{state: $state, description: $description, auto_inactive: true}'
  )"
  report "$environment" "$1" "$2"
}

late=()
for deployment in "${DEPLOYMENTS[@]}"; do
  runs "$deployment" || late+=("$deployment")
done
if ((${#late[@]} > 0)); then
  record failure "${late[*]} in $environment: not rolled out with airflow $AIRFLOW, frontend $FRONTEND"
  die "${late[*]}: not rolled out within ${WAIT_SECONDS:-900} seconds"
fi
record success "airflow $AIRFLOW, frontend $FRONTEND run in $environment"
