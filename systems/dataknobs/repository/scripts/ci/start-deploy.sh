#!/usr/bin/env bash
# Starts deploy.yml on a branch: the environment of that branch takes no other ref.
#
#   BRANCH=main GITHUB_TOKEN=… start-deploy.sh [TAG]
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require BRANCH GITHUB_TOKEN
tag=${1:-}
[[ -z $tag ]] || require_image_tag "$tag"
github_ok POST /actions/workflows/deploy.yml/dispatches \
  "$(jq --null-input --arg ref "refs/heads/$BRANCH" --arg tag "$tag" '{ref: $ref, inputs: {tag: $tag}}')"
summary "Started deploy.yml on $BRANCH${tag:+ with $tag}."
