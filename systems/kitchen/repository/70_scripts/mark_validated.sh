#!/usr/bin/env bash
# Writes down at GitHub whether preprod vouches for a commit. Production takes no other.
# Usage: mark_validated.sh SHA success|failure TEXT
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# == 3)) || die "usage: mark_validated.sh SHA success|failure TEXT"
require_sha "$1"
[[ $2 == success || $2 == failure ]] || die "'$2' is neither success nor failure"
github POST "/statuses/$1" "$(
  jq --null-input --arg state "$2" --arg description "$3" '{state: $state, description: $description, context: "preprod/validated"}'
)" >/dev/null
note "$1 is marked: preprod/validated $2"
