# shellcheck shell=bash
# What the scripts share. Read by them, never run.

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

note() {
  printf '%s\n' "$*" >&2
}

# A full commit id: an abbreviated one, or a branch, could mean another commit tomorrow.
require_sha() {
  [[ $1 =~ ^[0-9a-f]{40}$ ]] || die "'$1' is no full commit id of 40 hexadecimal digits"
}

# The image of a container: the one that Gatehouse declared, with git in it.
image_of() {
  docker inspect --format '{{.Config.Image}}' "$1"
}

# in_checkout CONTAINER VOLUME ARGUMENTS...: git in the checkout that the container serves.
in_checkout() {
  local image
  image=$(image_of "$1")
  docker run --rm --volume "$2:/srv/kitchen" --entrypoint git "$image" -C /srv/kitchen -c safe.directory=/srv/kitchen "${@:3}"
}

# healthy CONTAINER ATTEMPTS: does it answer? Asks every two seconds.
healthy() {
  local attempt
  for ((attempt = 1; attempt <= $2; attempt++)); do
    note "health check $attempt of $2"
    if docker exec "$1" healthcheck http://127.0.0.1:8501/_stcore/health; then return 0; fi
    sleep "${HEALTH_PAUSE_SECONDS:-2}"
  done
  return 1
}

# github METHOD PATH [JSON]: prints the answer, fails with what GitHub said.
github() {
  local arguments=(--silent --show-error --fail-with-body --request "$1")
  [[ -z ${3:-} ]] || arguments+=(--data "$3")
  curl "${arguments[@]}" --header "Authorization: Bearer $GH_TOKEN" --header 'Accept: application/vnd.github+json' \
    "${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY$2"
}
