# shellcheck shell=bash
# Overlays: which there are, the tags they carry, and the tags they must never carry again. Sourced after common.sh and github.sh, never run.

# folder_of ENVIRONMENT
folder_of() {
  case $1 in
    dev | staging | prod) printf 'k8s/aks/overlays/%s' "$1" ;;
    *) die "unknown environment '$1': dev, staging or prod" ;;
  esac
}

# environment_before ENVIRONMENT: where an image must have been first; nothing for dev.
environment_before() {
  case $1 in
    dev) ;;
    staging) printf dev ;;
    prod) printf staging ;;
    *) die "unknown environment '$1': dev, staging or prod" ;;
  esac
}

# overlay_tag PACKAGE <TEXT: the tag that a kustomization gives the image; nothing if it gives none.
overlay_tag() {
  awk -v image="data-platform/$1" '
    /^[[:space:]]*- name:/ { ours = ($3 == image) }
    ours && $1 == "newTag:" { gsub(/["\047]/, "", $2); print $2; exit }
  '
}

# overlay_with_tag PACKAGE TAG <TEXT >TEXT: changes that image's tag and nothing else.
overlay_with_tag() {
  awk -v image="data-platform/$1" -v tag="$2" '
    /^[[:space:]]*- name:/ { ours = ($3 == image) }
    ours && $1 == "newTag:" { sub(/newTag:.*/, "newTag: " tag); done = 1 }
    { print }
    END { exit !done }
  ' || die "the overlay has no newTag for data-platform/$1"
}

# is_banned TAG <TEXT: does it stand in a list of banned tags?
is_banned() {
  awk -v tag="$1" '{ sub(/#.*/, "") } $1 == tag { found = 1 } END { exit !found }'
}

# was_in ENVIRONMENT PACKAGE TAG: does its overlay on main carry the tag, or has it?
was_in() {
  local overlay commit commits page
  overlay=$(folder_of "$1")/kustomization.yaml
  for ((page = 1; ; page++)); do
    github_ok GET "/repos/$GITHUB_REPOSITORY/commits?sha=main&path=$overlay&per_page=100&page=$page"
    commits=$(field '.[].sha')
    for commit in $commits; do
      read_file "$overlay" "$commit"
      # shellcheck disable=SC2154 # set by read_file
      [[ $(overlay_tag "$2" <<<"$file_text") != "$3" ]] || return 0
    done
    (($(wc -w <<<"$commits") == 100)) || return 1
  done
}
