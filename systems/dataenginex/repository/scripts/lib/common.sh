# shellcheck shell=bash
# What every script needs: messages, outputs, and the names of this repository. Sourced, never run.

# A failure inside $(…) ends that shell too.
shopt -s inherit_errexit

readonly KUSTOMIZE_IMAGE=thedataenginex/dex
IMAGE=${IMAGE:-ghcr.io/thedataenginex/dex}
GITHUB_REPOSITORY=${GITHUB_REPOSITORY:-TheDataEngineX/DEX}

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

is_commit() {
  [[ $1 =~ ^[0-9a-f]{40}$ ]]
}

# The only tags that may be deployed: they never move.
is_image_tag() {
  [[ $1 =~ ^sha-[0-9a-f]{8}$ ]]
}

require_image_tag() {
  is_image_tag "$1" || die "'$1' is not an image tag that may be deployed: it must be sha- and the first 8 hexadecimal digits of a commit"
}

# image_tag COMMIT
image_tag() {
  is_commit "$1" || die "'$1' is not a full commit SHA (40 hexadecimal digits)"
  printf 'sha-%s' "${1:0:8}"
}

# branch_of ENVIRONMENT
branch_of() {
  case $1 in
    dev) printf dev ;;
    prod) printf main ;;
    *) die "unknown environment '$1': dev or prod" ;;
  esac
}

# overlay_of ENVIRONMENT: path of its kustomization.
overlay_of() {
  branch_of "$1" >/dev/null
  printf 'infra/argocd/overlays/%s/kustomization.yaml' "$1"
}

# overlay_tag <TEXT: the tag that a kustomization gives our image; nothing if it gives none.
overlay_tag() {
  awk -v image="$KUSTOMIZE_IMAGE" '
    /^[[:space:]]*- name:/ { ours = ($3 == image) }
    ours && $1 == "newTag:" { gsub(/["\047]/, "", $2); print $2; exit }
  '
}

# overlay_with_tag TAG <TEXT >TEXT: changes our image's tag and nothing else.
overlay_with_tag() {
  awk -v image="$KUSTOMIZE_IMAGE" -v tag="$1" '
    /^[[:space:]]*- name:/ { ours = ($3 == image) }
    ours && $1 == "newTag:" { sub(/newTag:.*/, "newTag: " tag); done = 1 }
    { print }
    END { exit !done }
  ' || die "the overlay has no newTag for $KUSTOMIZE_IMAGE"
}
