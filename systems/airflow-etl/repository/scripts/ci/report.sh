#!/usr/bin/env bash
# Writes the report of a production deployment, and records it in the deployment history: success only if it was verified.
#
#   SHA=… TAG=… REASON=… NEEDS='{"deploy": {"result": "success"}, …}' GITHUB_TOKEN=… report.sh FILE
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require SHA TAG REASON NEEDS GITHUB_TOKEN
file=${1:?the file that the report goes to}
state=failure
[[ $(jq --raw-output '.verify.result' <<<"$NEEDS") != success ]] || state=success
run=${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/actions/runs/${GITHUB_RUN_ID:-}
{
  printf '## Deployment of %s to production: %s\n\n' "$TAG" "$state"
  printf -- '- Commit: %s\n- Asked for by: %s\n- Run: %s\n\n' "$SHA" "${GITHUB_ACTOR:-unknown}" "$run"
  printf '    %s\n\n' "${REASON//[$'\n\r']/ }"
  printf '| Job | Result |\n| --- | --- |\n'
  jq --raw-output 'to_entries[] | "| \(.key) | \(.value.result) |"' <<<"$NEEDS"
} >"$file"
summary "$(<"$file")"
# Nothing was deployed, so there is nothing to record.
[[ $(jq --raw-output '.deploy.result' <<<"$NEEDS") == success ]] || exit 0
github_ok POST /deployments "$(
  jq --null-input --arg ref "$SHA" --arg tag "$TAG" '{
    ref: $ref, environment: "production", production_environment: true, auto_merge: false, required_contexts: [],
    description: "Image \($tag)"
  }'
)"
github_ok POST "/deployments/$(field .id)/statuses" "$(
  jq --null-input --arg state "$state" --arg url "$run" '{state: $state, log_url: $url, auto_inactive: true}'
)"
output state "$state"
