#!/usr/bin/env bash
# May this commit of main be deployed to staging? Outputs `ready`: has CI succeeded for exactly it?
#
#   SHA=… GITHUB_TOKEN=… gate.sh ci.yml
#
# Only runs of a push to main count: a pull request's run has judged a merge with something else. The newest run decides, so a re-run mends
# a failure and a later failure takes a success back.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require SHA GITHUB_TOKEN
image_tag "$SHA" >/dev/null
(($# == 1)) || die "usage: gate.sh WORKFLOW"
github_ok GET "/actions/workflows/$1/runs?head_sha=$SHA&branch=main&event=push&per_page=100"
# The filters are asked of the server and checked again here: an answer that ignores one must not open the gate.
verdict=$(
  jq --raw-output --arg sha "$SHA" --arg repository "$GITHUB_REPOSITORY" '
    [.workflow_runs[] | select(.head_sha == $sha and .head_branch == "main" and .event == "push"
      and (.head_repository.full_name | ascii_downcase) == ($repository | ascii_downcase))]
    | max_by([.run_number, .run_attempt])
    | if . == null then "no run yet" elif .status != "completed" then .status else .conclusion end
  ' <<<"$response_body"
)
if [[ $verdict != success ]]; then
  summary "Commit ${SHA:0:8} is not deployed: $1 is '$verdict' for it."
  output ready false
  exit 0
fi
output ready true
