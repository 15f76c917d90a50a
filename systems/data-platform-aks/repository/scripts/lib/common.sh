# shellcheck shell=bash
# What every script needs: messages, outputs, and the names of this repository. Sourced, never run.

# A failure inside $(…) ends that shell too.
shopt -s inherit_errexit

GITHUB_REPOSITORY=${GITHUB_REPOSITORY:-data-platform-aks/data-platform-aks}
# The images, and the deployments that run them.
# shellcheck disable=SC2034 # for the scripts
readonly PACKAGES=(airflow frontend)
# shellcheck disable=SC2034 # for the scripts
readonly DEPLOYMENTS=(airflow-webserver airflow-scheduler frontend)

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

# image_of PACKAGE. REGISTRY is ghcr.io but in tests.
image_of() {
  printf '%s/data-platform-aks/%s' "${REGISTRY:-ghcr.io}" "$1"
}
