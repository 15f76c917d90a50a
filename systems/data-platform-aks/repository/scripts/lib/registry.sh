# shellcheck shell=bash
# Tags of an image in its registry, by the OCI distribution API and curl. Sourced after common.sh, never run.
#
# REGISTRY_USER and REGISTRY_TOKEN are what `docker login` takes. REGISTRY_SCHEME is https but in tests.

MANIFESTS='application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'
MANIFESTS+=', application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json'
readonly MANIFESTS
registry_bearer=""

registry_url() {
  printf '%s://%s' "${REGISTRY_SCHEME:-https}" "${IMAGE%%/*}"
}

# registry_login [ACTIONS]: the registry's own short-lived token for this image, in exchange for REGISTRY_TOKEN. ACTIONS is pull, or
# pull,push for who sets tags.
registry_login() {
  [[ -z $registry_bearer && -n ${REGISTRY_TOKEN:-} ]] || return 0
  registry_bearer=$(
    curl --silent --show-error --fail --max-time 30 --retry 3 --get \
      --config <(printf 'user = "%s:%s"\n' "${REGISTRY_USER:-token}" "$REGISTRY_TOKEN") \
      --data-urlencode "service=${IMAGE%%/*}" --data-urlencode "scope=repository:${IMAGE#*/}:${1:-pull}" "$(registry_url)/token" |
      jq --raw-output '.token // .access_token'
  ) || die "$(registry_url) refused to log in ${REGISTRY_USER:-token}"
}

registry_curl() {
  curl --silent --show-error --max-time 60 "$@" \
    --config <([[ -z $registry_bearer ]] || printf 'header = "Authorization: Bearer %s"\n' "$registry_bearer")
}

# registry_digest TAG: prints its digest, or nothing if there is no such tag.
registry_digest() {
  local head status
  registry_login
  head=$(registry_curl --retry 3 --head --header "Accept: $MANIFESTS" "$(registry_url)/v2/${IMAGE#*/}/manifests/$1") ||
    die "$(registry_url) did not answer"
  status=$(awk 'NR == 1 { print $2 }' <<<"$head")
  case $status in
    200) awk 'tolower($1) == "docker-content-digest:" { sub(/\r$/, "", $2); print $2 }' <<<"$head" ;;
    404) ;;
    *) die "$IMAGE:$1: the registry answered $status" ;;
  esac
}

# registry_tag DIGEST TAG: makes or moves the tag. The manifest is sent back byte by byte, so the digest stays what was scanned and signed.
registry_tag() {
  local digest=$1 tag=$2 manifest headers status type
  registry_login
  manifest=$(mktemp)
  headers=$(mktemp)
  registry_curl --retry 3 --fail --header "Accept: $MANIFESTS" --dump-header "$headers" --output "$manifest" \
    "$(registry_url)/v2/${IMAGE#*/}/manifests/$digest" || die "$IMAGE@$digest cannot be read"
  [[ sha256:$(sha256sum "$manifest" | cut -d ' ' -f 1) == "$digest" ]] || die "$IMAGE@$digest: what the registry sent has another digest"
  type=$(awk 'tolower($1) == "content-type:" { sub(/\r$/, "", $2); print $2 }' "$headers" | tail -n 1)
  status=$(
    registry_curl --request PUT --header "Content-Type: $type" --data-binary "@$manifest" --output /dev/null --write-out '%{http_code}' \
      "$(registry_url)/v2/${IMAGE#*/}/manifests/$tag"
  ) || die "$(registry_url) did not answer"
  rm -f "$manifest" "$headers"
  [[ $status == 201 ]] || die "$IMAGE:$tag: the registry answered $status"
}
