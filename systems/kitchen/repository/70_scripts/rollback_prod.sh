#!/usr/bin/env bash
# Takes production back to an earlier commit, at any time. Run it on the Docker host.
# Usage: rollback_prod.sh SHA
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# == 1)) || die "usage: rollback_prod.sh SHA; the last ones: docker exec kitchen-prod git -C /srv/kitchen log --oneline -10"
"$here/deploy.sh" kitchen-prod kitchen-prod-code "$1" 5
note "Revert the bad commit on main too, or the next deployment brings it back."
