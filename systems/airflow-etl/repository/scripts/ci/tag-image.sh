#!/usr/bin/env bash
# Gives the image that has passed the scan its tag, sha- and the first 8 digits of its commit. The tag never moves.
#
#   SHA=… DIGEST=sha256:… tag-image.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

require SHA DIGEST
# shellcheck disable=SC2153 # it comes from the environment
[[ $DIGEST =~ ^sha256:[0-9a-f]{64}$ ]] || die "DIGEST is '$DIGEST'; it must be sha256: and 64 hexadecimal digits"
tag=$(image_tag "$SHA")
existing=$(registry_digest "$tag")
if [[ -z $existing ]]; then
  docker buildx imagetools create --tag "$IMAGE:$tag" "$IMAGE@$DIGEST"
  existing=$(registry_digest "$tag")
fi
[[ $existing == "$DIGEST" ]] || die "$IMAGE:$tag is '$existing'; the image that was scanned is $DIGEST, and a sha- tag never moves"
summary "$IMAGE@$DIGEST is $tag."
