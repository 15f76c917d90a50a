#!/usr/bin/env bash
# May this commit go to production? Fails with the reason when not.
# Usage: check_promotion.sh CONFIRMATION SHA
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# == 2)) || die "usage: check_promotion.sh CONFIRMATION SHA"
[[ $1 == DEPLOY ]] || die "type DEPLOY to confirm, not '$1'"
require_sha "$2"
git merge-base --is-ancestor "$2" origin/main || die "$2 is not on main"
# The newest status of a context is the one that counts, and GitHub gives just that.
state=$(github GET "/commits/$2/status" | jq --raw-output '[.statuses[] | select(.context == "preprod/validated")][0].state // "missing"')
[[ $state == success ]] || die "preprod has not validated $2: preprod/validated is $state"
note "$2 was validated by preprod"
