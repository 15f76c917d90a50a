#!/usr/bin/env bash
# Waits until a pull request is merged. One that is closed, or still open when the time is up, is an error.
#
#   GITHUB_TOKEN=… wait-for-merge.sh NUMBER MINUTES
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require GITHUB_TOKEN
[[ ${1:-} =~ ^[0-9]+$ && ${2:-} =~ ^[0-9]+$ ]] || die "usage: wait-for-merge.sh NUMBER MINUTES"
deadline=$((SECONDS + $2 * 60))
while true; do
  github_ok GET "/pulls/$1"
  if [[ $(field .merged) == true ]]; then
    output commit "$(field .merge_commit_sha)"
    exit 0
  fi
  [[ $(field .state) == open ]] || die "pull request $1 was closed without a merge: nothing was deployed"
  ((SECONDS < deadline)) || die "pull request $1 was not merged within $2 minutes: nothing was deployed"
  sleep "${INTERVAL:-30}"
done
