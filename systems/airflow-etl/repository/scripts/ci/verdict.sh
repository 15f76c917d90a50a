#!/usr/bin/env bash
# Fails unless every job that was needed has succeeded; skipped is not succeeded. Output `report`: a file with a table for people.
#
#   NEEDS='{"lint": {"result": "success"}}' verdict.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

require NEEDS
report=${RUNNER_TEMP:-/tmp}/ci-report-$$.md
{
  printf '### CI\n\n| Job | Result |\n| --- | --- |\n'
  jq --raw-output 'to_entries[] | "| \(.key) | \(.value.result) |"' <<<"$NEEDS"
} >"$report"
output report "$report"
summary "$(<"$report")"
bad=$(jq --raw-output '[to_entries[] | select(.value.result != "success") | "\(.key): \(.value.result)"] | join(", ")' <<<"$NEEDS")
[[ $(jq length <<<"$NEEDS") -gt 0 ]] || die "NEEDS names no job, so there is nothing to judge"
[[ -z $bad ]] || die "not all jobs succeeded: $bad"
