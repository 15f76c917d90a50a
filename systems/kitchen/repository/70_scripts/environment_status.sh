#!/usr/bin/env bash
# What preprod and production serve, as a table.
# Usage: environment_status.sh PREPROD_VOLUME PROD_VOLUME
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# == 2)) || die "usage: environment_status.sh PREPROD_VOLUME PROD_VOLUME"
printf '| environment | commit |\n| --- | --- |\n'
printf '| preprod | %s |\n' "$(in_checkout kitchen-preprod "$1" rev-parse HEAD)"
printf '| prod | %s |\n' "$(in_checkout kitchen-prod "$2" rev-parse HEAD)"
