#!/usr/bin/env bash
# Starts a workflow at a tag.
#
#   GITHUB_TOKEN=… dispatch.sh pypi-publish.yml dataenginex-v0.5.0
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require GITHUB_TOKEN
(($# == 2)) || die "usage: dispatch.sh WORKFLOW TAG"
github_ok POST "/repos/$GITHUB_REPOSITORY/actions/workflows/$1/dispatches" "$(jq -n --arg ref "refs/tags/$2" '{ref: $ref}')"
summary "Started $1 at $2."
