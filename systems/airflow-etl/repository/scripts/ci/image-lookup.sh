#!/usr/bin/env bash
# Is the image of this commit in the registry? Outputs `tag`, and `digest`, which is empty if it is not.
#
#   SHA=… image-lookup.sh
#
# A `sha-` tag never moves, so a commit is built once: a second run goes on with the image of the first.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

require SHA
tag=$(image_tag "$SHA")
digest=$(registry_digest "$tag")
output tag "$tag"
output digest "$digest"
