#!/usr/bin/env bash
# Promotes a validated commit to production: backup, exact commit, five health checks, and back by itself when they fail.
# Usage: deploy_preprod_to_prod.sh VOLUME SHA
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# == 2)) || die "usage: deploy_preprod_to_prod.sh VOLUME SHA"
volume=$1 sha=$2
require_sha "$sha"
backup="backup-$(date -u +%Y%m%dT%H%M%SZ)"
in_checkout kitchen-prod "$volume" tag "$backup"
note "backup of production: tag $backup in its checkout"
"$here/deploy.sh" kitchen-prod "$volume" "$sha" 5
