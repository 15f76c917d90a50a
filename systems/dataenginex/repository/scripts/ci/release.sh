#!/usr/bin/env bash
# Makes tag and release PACKAGE-v<version>, if they are not there. Outputs `tag`, and `current`: is the tag this commit?
#
#   GITHUB_SHA=… GITHUB_TOKEN=… release.sh dataenginex packages/dataenginex/pyproject.toml
#
# A tag that exists is left alone, so the script may run again: it asks for the version of now and not for a change of it.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require GITHUB_SHA GITHUB_TOKEN
package=${1:-}
[[ $package == dataenginex || $package == careerdex ]] || die "unknown package '$package': dataenginex or careerdex"
version=$(GITHUB_OUTPUT="" bash "$here/project-version.sh" "${2:-}")
version=${version#version=}
tag=$package-v$version
output tag "$tag"

github GET "/repos/$GITHUB_REPOSITORY/git/ref/tags/$tag"
case $response_status in
  200)
    # An annotated tag is an object of its own that names the commit.
    [[ $(field .object.type) != tag ]] || github_ok GET "/repos/$GITHUB_REPOSITORY/git/tags/$(field .object.sha)"
    commit=$(field .object.sha)
    ;;
  404) commit="" ;;
  *) die "tag $tag cannot be looked up: GitHub answered $response_status: $(message)" ;;
esac

if [[ -n $commit && $commit != "$GITHUB_SHA" ]]; then
  summary "$tag is commit ${commit:0:8} and stays there: this push changes no version."
  output current false
  exit 0
fi

github GET "/repos/$GITHUB_REPOSITORY/releases/tags/$tag"
if [[ $response_status == 404 ]]; then
  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] && prerelease=false || prerelease=true
  github_ok POST "/repos/$GITHUB_REPOSITORY/releases" "$(
    jq -n --arg tag "$tag" --arg commit "$GITHUB_SHA" --arg name "$package $version" --argjson prerelease "$prerelease" \
      '{tag_name: $tag, target_commitish: $commit, name: $name, prerelease: $prerelease, generate_release_notes: true}'
  )"
  summary "Released $tag: $(field .html_url)"
elif [[ $response_status != 200 ]]; then
  die "release $tag cannot be looked up: GitHub answered $response_status: $(message)"
fi
output current true
