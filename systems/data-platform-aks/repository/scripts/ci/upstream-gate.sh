#!/usr/bin/env bash
# Has every workflow that CD waits for succeeded for this commit? Output `ready`: true or false.
#
#   SHA=… BRANCH=main GITHUB_TOKEN=… upstream-gate.sh ci.yml security.yml dbt-ci.yml schema-quality.yml
#
# Only runs of a push to BRANCH count: a pull request's run has judged a merge with something else. The newest run of a workflow decides,
# so a re-run mends a failure and a later failure takes a success back.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require SHA BRANCH GITHUB_TOKEN
is_commit "$SHA" || die "SHA is '$SHA'; it must be a full commit SHA"
[[ $BRANCH == main ]] || die "BRANCH is '$BRANCH'; only main is deployed"
(($# > 0)) || die "name at least one workflow file"

ready=true
for workflow in "$@"; do
  github_ok GET "/repos/$GITHUB_REPOSITORY/actions/workflows/$workflow/runs?head_sha=$SHA&branch=$BRANCH&event=push&per_page=100"
  # The filters are asked of the server and checked again here: an answer that ignores one must not open the gate.
  verdict=$(
    jq --raw-output --arg sha "$SHA" --arg branch "$BRANCH" --arg repository "$GITHUB_REPOSITORY" '
      [.workflow_runs[] | select(.head_sha == $sha and .head_branch == $branch and .event == "push"
        and (.head_repository.full_name | ascii_downcase) == ($repository | ascii_downcase))]
      | max_by([.run_number, .run_attempt])
      | if . == null then "no run yet" elif .status != "completed" then .status else .conclusion end
    ' <<<"$response_body"
  )
  note "$workflow: $verdict"
  [[ $verdict == success ]] || ready=false
done
output ready "$ready"
