#!/usr/bin/env bash
# Waits for the result of a workflow for one commit: asks every ten seconds, five minutes at most.
# Usage: watch_ci.sh WORKFLOW SHA; writes verdict=success, failure or timeout to GITHUB_OUTPUT.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# == 2)) || die "usage: watch_ci.sh WORKFLOW SHA"
workflow=$1 sha=$2
require_sha "$sha"
: "${POLL_SECONDS:=10}" "${WATCH_SECONDS:=300}"

verdict=timeout
for ((waited = 0; waited <= WATCH_SECONDS; waited += POLL_SECONDS)); do
  # Only a push to main counts: a pull request's run tested another merge.
  conclusion=$(github GET "/actions/workflows/$workflow/runs?head_sha=$sha&event=push&branch=main&per_page=1" |
    jq --raw-output '.workflow_runs[0] | if . == null then "" else .conclusion // "" end')
  case $conclusion in
    success) verdict=success && break ;;
    "") note "CI of $sha has no result after ${waited} s" ;;
    *) verdict=failure && break ;;
  esac
  sleep "$POLL_SECONDS"
done
note "CI of $sha: $verdict"
echo "verdict=$verdict" >>"${GITHUB_OUTPUT:-/dev/stdout}"
