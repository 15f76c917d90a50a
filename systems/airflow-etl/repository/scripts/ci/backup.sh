#!/usr/bin/env bash
# Keeps what production runs: an archive with its checksum, and a tag on its commit. Outputs `archive` and `tag`.
#
#   PREVIOUS=<commit of branch production> GITHUB_TOKEN=… backup.sh FOLDER
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/github.sh
source "$here/../lib/github.sh"

require PREVIOUS GITHUB_TOKEN GITHUB_RUN_ID
image_tag "$PREVIOUS" >/dev/null
folder=${1:?the folder that the archive goes to}
mkdir -p "$folder"
name=production-${PREVIOUS:0:8}
# DAGs, and all that decides how they run.
git archive --format tar.gz --output "$folder/$name.tar.gz" "$PREVIOUS" dags deploy requirements.txt docker
# With the name alone in it, so that it can be checked in any folder.
(cd "$folder" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256" && sha256sum --check --quiet "$name.tar.gz.sha256")
tag=production-backup-$GITHUB_RUN_ID
github POST /git/refs "$(jq --null-input --arg ref "refs/tags/$tag" --arg sha "$PREVIOUS" '{ref: $ref, sha: $sha}')"
if [[ $response_status != 201 ]]; then
  # A re-run of this job finds the tag of its first attempt.
  github_ok GET "/git/ref/tags/$tag"
  [[ $(field .object.sha) == "$PREVIOUS" ]] || die "tag $tag is on $(field .object.sha); it must be on $PREVIOUS"
fi
summary "**Backup**: $name.tar.gz, tag $tag"
output archive "$name.tar.gz"
output tag "$tag"
