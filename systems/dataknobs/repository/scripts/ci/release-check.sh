#!/usr/bin/env bash
# May this tag be released? It must be v and the version of all four packages, and main must contain it: a tag anywhere else has passed
# none of main's gates.
#
#   release-check.sh v1.2.3
#
# Runs in a clone with all branches and tags.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

tag=${1:-}
[[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "'$tag' is not a release tag: it must be as in v1.2.3"
git rev-parse --quiet --verify "refs/tags/$tag^{commit}" >/dev/null || die "there is no tag $tag in this clone"
git merge-base --is-ancestor "refs/tags/$tag" origin/main || die "$tag is not on main, so it has passed none of main's gates"
faults=()
for package in "${PACKAGES[@]}"; do
  version=$(
    git show "refs/tags/$tag:packages/$package/pyproject.toml" |
      python3 -c 'import sys, tomllib; print(tomllib.load(sys.stdin.buffer)["project"]["version"])'
  )
  [[ v$version == "$tag" ]] || faults+=("packages/$package/pyproject.toml says $version")
done
((${#faults[@]} == 0)) || die "$tag does not agree with every package: $(IFS=';' && printf '%s' "${faults[*]}")"
note "$tag is on main, and the version of all four packages."
