#!/usr/bin/env bash
# Puts an exact commit into a container: moves its checkout and restarts it. Goes back by itself when the new commit is not healthy.
# Usage: deploy.sh CONTAINER VOLUME SHA [HEALTH_CHECKS]
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# >= 3)) || die "usage: deploy.sh CONTAINER VOLUME SHA [HEALTH_CHECKS]"
container=$1 volume=$2 sha=$3 checks=${4:-3}
require_sha "$sha"

rollback_point=$(in_checkout "$container" "$volume" rev-parse HEAD)
[[ -z ${GITHUB_OUTPUT:-} ]] || echo "rollback-point=$rollback_point" >>"$GITHUB_OUTPUT"
note "$container serves $rollback_point"

# The commit that started this run, and no other: `git pull` would take whatever is newest by now.
in_checkout "$container" "$volume" fetch --quiet origin main
in_checkout "$container" "$volume" merge-base --is-ancestor "$sha" origin/main || die "$sha is not on main"
in_checkout "$container" "$volume" reset --hard "$sha"
docker restart "$container" >/dev/null
if healthy "$container" "$checks"; then
  note "$container serves $sha"
  exit 0
fi
note "$container is not healthy with $sha: back to $rollback_point"
in_checkout "$container" "$volume" reset --hard "$rollback_point"
docker restart "$container" >/dev/null
healthy "$container" "$checks" || die "$container is not healthy with $rollback_point either"
die "$sha was not healthy; $container serves $rollback_point again"
