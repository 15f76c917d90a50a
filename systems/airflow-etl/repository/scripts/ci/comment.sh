#!/usr/bin/env bash
# Puts a report on a pull request: one comment, written anew by each run.
#
#   GITHUB_TOKEN=… comment.sh NUMBER FILE
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require GITHUB_TOKEN
[[ ${1:-} =~ ^[0-9]+$ && -r ${2:-} ]] || die "usage: comment.sh NUMBER FILE"
mark="<!-- ci-report -->"
body=$(jq --null-input --arg body "$mark
$(<"$2")" '{body: $body}')
github_ok GET "/issues/$1/comments?per_page=100"
id=$(jq --raw-output --arg mark "$mark" '[.[] | select(.body | startswith($mark))][0].id // empty' <<<"$response_body")
if [[ -n $id ]]; then
  github PATCH "/issues/comments/$id" "$body"
else
  github POST "/issues/$1/comments" "$body"
fi
case $response_status in
  2??) ;;
  # A repository may give its workflows less than they ask for. The report stands on the run's page too, so that is no failure.
  403) note "::warning::the token may not comment on pull request $1: $(message)" ;;
  *) die "pull request $1: GitHub answered $response_status: $(message)" ;;
esac
