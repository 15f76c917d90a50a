#!/usr/bin/env bash
# What CI asks, before a push.
# Usage: run_ci_checks.sh preprod|prod
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

case ${1:-} in
  preprod) folder=$here/../10_preprod ;;
  prod) folder=$here/../20_prod ;;
  *) die "usage: run_ci_checks.sh preprod|prod" ;;
esac
[[ -d $folder ]] || die "$folder is not there"
cd "$folder"
uv run flake8 src tests
uv run black --check src tests
uv run pydocstyle src
uv run pytest tests --cov=src --cov-fail-under=90
note "All checks of CI that can fail have passed."
