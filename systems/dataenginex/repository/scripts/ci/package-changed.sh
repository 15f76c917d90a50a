#!/usr/bin/env bash
# Has packages/dataenginex changed since its previous release? Outputs `changed`, and `stable`: may it go to PyPI?
#
#   package-changed.sh dataenginex-v0.5.0
#
# Runs in a clone with all tags. Refuses a tag that does not agree with the package's version, or that main does not contain: a tag on
# some other branch has passed no gate.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

tag=${1:-}
package=packages/dataenginex
[[ $tag == dataenginex-v* ]] || die "'$tag' is not a tag of the package: it must be dataenginex-v and a version"
git rev-parse --quiet --verify "refs/tags/$tag^{commit}" >/dev/null || die "there is no tag $tag in this clone"
git merge-base --is-ancestor "refs/tags/$tag" origin/main || die "$tag is not on main, so it has passed none of main's gates"

pyproject=$(mktemp)
trap 'rm -f "$pyproject"' EXIT
git show "refs/tags/$tag:$package/pyproject.toml" >"$pyproject"
version=$(GITHUB_OUTPUT="" bash "$here/project-version.sh" "$pyproject")
[[ $tag == "dataenginex-v${version#version=}" ]] ||
  die "$tag does not agree with the version in $package/pyproject.toml, ${version#version=}"

# The nearest release before this one in its own history; a pre-release counts, since TestPyPI has it.
previous=$(git describe --tags --abbrev=0 --match 'dataenginex-v*' "refs/tags/$tag^" 2>/dev/null || true)
if [[ -z $previous ]]; then
  summary "$tag is the first release."
  output changed true
elif git diff --quiet "refs/tags/$previous" "refs/tags/$tag" -- "$package"; then
  summary "Nothing under $package has changed since $previous: nothing is published."
  output changed false
else
  output changed true
fi
if [[ $tag =~ ^dataenginex-v[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
  output stable true
else
  output stable false
fi
