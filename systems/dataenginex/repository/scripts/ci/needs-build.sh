#!/usr/bin/env bash
# Does this commit change anything but image tags and bans of them? Output `build`: true or false.
#
#   SHA=… GITHUB_TOKEN=… needs-build.sh
#
# A merged promotion is a push as well. [skip ci] in its message keeps it from starting CI; where a person has edited the message away,
# this keeps CD from answering a new tag with a new image, whose tag it would propose, and so on without end.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require SHA GITHUB_TOKEN
is_commit "$SHA" || die "SHA is '$SHA'; it must be a full commit SHA"

# Against the first parent: for a merge commit that is what the merge brought in.
github_ok GET "/repos/$GITHUB_REPOSITORY/commits/$SHA"
parent=$(field '.parents[0].sha // empty')
if [[ -z $parent ]]; then
  output build true
  exit 0
fi
github_ok GET "/repos/$GITHUB_REPOSITORY/compare/$parent...$SHA"
overlays='[.files[].filename | test("^infra/argocd/overlays/[^/]+/(kustomization[.]yaml|banned-tags[.]txt)$")] | length > 0 and all'
if [[ $(field "$overlays") == true ]]; then
  summary "Commit ${SHA:0:8} changes overlays only: there is no image to build."
  output build false
else
  output build true
fi
