#!/usr/bin/env bash
# Is a page up: status 200 within ten seconds, and the text that it must have.
# Usage: check_page.sh ADDRESS TEXT
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# == 2)) || die "usage: check_page.sh ADDRESS TEXT"
page=$(curl --silent --show-error --fail --max-time 10 "$1") || die "$1 is down"
grep --quiet --fixed-strings "$2" <<<"$page" || die "$1 answers, but without '$2'"
note "$1 is up"
