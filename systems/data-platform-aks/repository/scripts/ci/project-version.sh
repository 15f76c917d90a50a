#!/usr/bin/env bash
# Reads the version of a pyproject.toml: the one version of the whole repository. Output `version`.
#
#   project-version.sh pyproject.toml
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

[[ -f ${1:-} ]] || die "usage: project-version.sh PYPROJECT"
version=$(python3 -c 'import sys, tomllib; print(tomllib.load(open(sys.argv[1], "rb"))["project"]["version"])' "$1") ||
  die "$1 has no [project] version"
# The text ends up in a tag of the images.
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "$1: '$version' is not a version: three numbers, as Release Please makes them"
output version "$version"
