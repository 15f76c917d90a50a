#!/usr/bin/env bash
# Outputs `percent` and `below`: is the coverage of the report below the limit?
#
#   coverage.sh coverage.json 80
#
# Exits 0 either way: low coverage is a warning to the team and stops no merge.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

(($# == 2)) || die "usage: coverage.sh REPORT LIMIT"
# Cut, not rounded: 79.99 % is below 80 %.
percent=$(jq --raw-output '.totals.percent_covered * 100 | floor / 100' "$1")
output percent "$percent"
output below "$(jq --argjson limit "$2" '.totals.percent_covered < $limit' "$1")"
summary "Coverage: $percent %"
