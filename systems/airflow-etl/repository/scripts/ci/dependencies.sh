#!/usr/bin/env bash
# Looks the pinned dependencies up in the database of known vulnerabilities. Output `vulnerable`: true or false.
#
#   dependencies.sh requirements.txt
#
# Vulnerabilities are a warning. That the look-up itself failed is an error: "none found" would not be true.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

(($# == 1)) || die "usage: dependencies.sh REQUIREMENTS"
report=$(mktemp)
# pip-audit rather than safety, whose scan needs an account and a key since version 3. It exits 1 when it finds something and when it
# fails; only in the first case there is a report.
PIP_AUDIT=${PIP_AUDIT:-pipx run pip-audit==2.9.0}
read -ra audit <<<"$PIP_AUDIT"
"${audit[@]}" --requirement "$1" --no-deps --disable-pip --format json --output "$report" || true
jq --exit-status 'has("dependencies")' "$report" >/dev/null 2>&1 || die "pip-audit wrote no report about $1"
found=$(jq --raw-output '.dependencies[] | select((.vulns // []) | length > 0) | "- \(.name) \(.version): \([.vulns[].id] | join(", "))"' "$report")
[[ -z $found ]] || summary "Known vulnerabilities:
$found"
output vulnerable "$([[ -n $found ]] && echo true || echo false)"
