#!/usr/bin/env bash
# Is the image of this commit in the registry? Outputs `tag`, and `digest`, which is empty if it is not.
#
#   SHA=… IMAGE=ghcr.io/data-platform-aks/airflow REGISTRY_USER=… REGISTRY_TOKEN=… image-lookup.sh
#
# A `sha-` tag never moves, so a commit is built once: a second run goes on with the image of the first.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/registry.sh
source "$here/../lib/registry.sh"

require SHA IMAGE
tag=$(image_tag "$SHA")
registry_login
digest=$(registry_digest "$tag")
output tag "$tag"
output digest "$digest"
