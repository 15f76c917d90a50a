#!/usr/bin/env bash
# Is the title a Conventional Commit? It becomes the commit on main, from which Release Please makes the next version and the changelog.
#
#   TITLE='feat(dbt): revenue by week' conventional-title.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

require TITLE
# shellcheck disable=SC2153 # it comes from the environment
title=${TITLE%%$'\n'*}
types='build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test'
[[ $title =~ ^($types)(\([a-z0-9][a-z0-9._/-]*\))?!?:\ [^[:space:]].*$ ]] ||
  die "'$title' is not a Conventional Commit: write type(scope): what it does, with a type of ${types//|/, }, as in feat(dbt): revenue by week"
note "'$title' is a Conventional Commit."
