# shellcheck shell=bash
# What every script needs: messages, outputs, and the names of this repository. Sourced, never run.

# A failure inside $(…) ends that shell too.
shopt -s inherit_errexit

IMAGE=${IMAGE:-ghcr.io/airflow-etl/airflow-etl}
GITHUB_REPOSITORY=${GITHUB_REPOSITORY:-airflow-etl/airflow-etl}

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

note() {
  printf '%s\n' "$*" >&2
}

# require NAME...: each must be a variable with a value.
require() {
  local name
  for name in "$@"; do
    [[ -n ${!name:-} ]] || die "$name is not set; $(basename "$0") needs it in its environment"
  done
}

# output NAME VALUE: a step's output in a workflow, a line on stdout elsewhere.
output() {
  [[ $2 != *$'\n'* ]] || die "the output $1 has more than one line"
  printf '%s=%s\n' "$1" "$2" | tee -a "${GITHUB_OUTPUT:-/dev/null}"
}

# summary TEXT: a paragraph on the run's page.
summary() {
  note "$1"
  printf '%s\n\n' "$1" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
}

# image_tag COMMIT
image_tag() {
  [[ $1 =~ ^[0-9a-f]{40}$ ]] || die "'$1' is not a full commit SHA (40 hexadecimal digits)"
  printf 'sha-%s' "${1:0:8}"
}

is_image_tag() {
  [[ $1 =~ ^sha-[0-9a-f]{8}$ ]]
}

# The only tags that may be deployed: they never move, as latest does.
require_image_tag() {
  is_image_tag "$1" || die "'$1' is not an image tag that may be deployed: it must be sha- and the first 8 hexadecimal digits of a commit"
}

# branch_of ENVIRONMENT: the branch that its Argo CD Application follows.
branch_of() {
  case $1 in
    staging) printf staging ;;
    production) printf production ;;
    *) die "unknown environment '$1': staging or production" ;;
  esac
}

# overlay_of ENVIRONMENT: folder of its overlay.
overlay_of() {
  branch_of "$1" >/dev/null
  printf 'deploy/overlays/%s' "$1"
}

# overlay_tag <KUSTOMIZATION: the image's tag.
overlay_tag() {
  awk '$1 == "newTag:" { gsub(/["\047]/, "", $2); print $2; exit }'
}

# overlay_with_tag TAG <KUSTOMIZATION >KUSTOMIZATION: changes the image's tag and nothing else.
overlay_with_tag() {
  awk -v tag="$1" '
    !done && $1 == "newTag:" { sub(/newTag:.*/, "newTag: " tag); done = 1 }
    { print }
    END { exit !done }
  ' || die "the overlay has no newTag"
}

# banned TAG <LIST: does the tag stand in a banned-tags.txt? One tag a line, # begins a comment.
banned() {
  sed -E 's/[[:blank:]]*(#.*)?$//' | grep -qxF -e "$1"
}

# registry_digest TAG: its digest in the registry, or nothing if there is no such tag. Needs a logged-in docker.
registry_digest() {
  local answer
  if answer=$(docker buildx imagetools inspect "$IMAGE:$1" --format '{{json .Manifest.Digest}}' 2>&1); then
    jq --raw-output . <<<"$answer"
  elif ! grep -qiE 'not found|manifest unknown' <<<"$answer"; then
    die "$IMAGE:$1 cannot be looked up: $answer"
  fi
}
