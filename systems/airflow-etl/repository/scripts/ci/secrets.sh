#!/usr/bin/env bash
# Fails if a file in Git looks as if it held a credential. Push protection finds the rest: this is for what has no issuer's prefix.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

# A name that means a credential, and a literal of eight or more characters; then keys in PEM, and access keys of AWS.
patterns="(password|passwd|secret|api_?key|token)[\"']?[[:blank:]]*[:=][[:blank:]]*[\"'][^\"'\$\{<]{8,}[\"']"
patterns+='|-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}'
# Names of files and lines only: the value must not be in the log as well.
found=$(git grep --line-number --ignore-case --extended-regexp "$patterns" -- . ':!tests' ':!scripts/ci/secrets.sh' | cut -d : -f 1,2 || true)
if [[ -n $found ]]; then
  die "these lines look like credentials; take them from the environment instead:
$found"
fi
note "no credential found"
