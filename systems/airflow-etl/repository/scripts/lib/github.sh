# shellcheck shell=bash
# The GitHub REST and GraphQL API by curl; REST paths are below this repository. Sourced after common.sh, never run.

GITHUB_API_URL=${GITHUB_API_URL:-https://api.github.com}
response_status=0
response_body=""

# github METHOD PATH [BODY]: sets response_status and response_body. Any answer of the server is a success here; only no answer is not.
# The token is github_token if set, else GITHUB_TOKEN; curl reads it from a file descriptor, so that no process list shows it.
github() {
  local method=$1 path=$2 body=${3:-} answer retries=() root=/repos/$GITHUB_REPOSITORY
  [[ $path != /graphql ]] || root=""
  # A read may be repeated; a write that failed half-way might be done twice.
  [[ $method != GET ]] || retries=(--retry 3 --retry-connrefused)
  answer=$(
    curl --silent --show-error --max-time 60 "${retries[@]}" --request "$method" --write-out '\n%{http_code}' \
      --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
      --config <(printf 'header = "Authorization: Bearer %s"\n' "${github_token:-${GITHUB_TOKEN:-}}") \
      ${body:+--header 'Content-Type: application/json' --data-binary "$body"} \
      "${GITHUB_API_URL%/}$root$path"
  ) || die "$method $path: GitHub did not answer"
  response_status=${answer##*$'\n'}
  response_body=${answer%$'\n'*}
}

# github_ok METHOD PATH [BODY]: as github, and any status but 2xx ends the script.
github_ok() {
  github "$@"
  [[ $response_status == 2?? ]] || die "$1 $2: GitHub answered $response_status: $(message)"
}

# field FILTER: of the last response, by jq.
field() {
  jq --raw-output "$1" <<<"$response_body"
}

message() {
  jq --raw-output '[.message // empty, ((.errors // [])[] | if type == "object" then .message // .code else . end)] | join("; ")' \
    <<<"$response_body" 2>/dev/null || printf '%s' "${response_body:0:200}"
}

# read_file PATH REF: sets file_text and file_sha, both empty if there is no such file.
read_file() {
  github GET "/contents/$1?ref=$2"
  file_text="" file_sha=""
  [[ $response_status != 404 ]] || return 0
  [[ $response_status == 200 ]] || die "$1 at $2 cannot be read: GitHub answered $response_status: $(message)"
  # shellcheck disable=SC2034 # for the caller, as file_sha
  file_text=$(field .content | base64 --decode)
  # shellcheck disable=SC2034 # for the caller
  file_sha=$(field .sha)
}
