#!/usr/bin/env bash
# Proposes what dev has validated for production, as a pull request to main. Deploys nothing itself.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=lib/github.sh
source "$here/lib/github.sh"
# shellcheck source-path=SCRIPTDIR source=lib/registry.sh
source "$here/lib/registry.sh"
# shellcheck source-path=SCRIPTDIR source=lib/promotion.sh
source "$here/lib/promotion.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/promote.sh [--image-tag sha-XXXXXXXX] [--environment prod|dev] [--auto-merge]

Without options: a pull request from dev to main.

  --image-tag TAG     a pull request that sets TAG in the prod overlay instead. TAG must be in the registry,
                      and must be or have been in the dev overlay on branch dev.
  --environment NAME  whose overlay --image-tag sets; dev is for an image that CD could not propose. Default prod
  --auto-merge        merge once the reviews and checks that the branch requires are there

Environment: GITHUB_TOKEN, or a logged-in gh; REGISTRY_USER and REGISTRY_TOKEN (read:packages) with --image-tag.

Examples:
  scripts/promote.sh
  scripts/promote.sh --image-tag sha-a1b2c3d4 --auto-merge
TEXT
}

tag="" environment=prod auto_merge=false
while (($# > 0)); do
  case $1 in
    --image-tag | --environment)
      (($# > 1)) || die "$1 needs a value"
      [[ $1 == --image-tag ]] && tag=$2 || environment=$2
      shift
      ;;
    --auto-merge) auto_merge=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die "unknown option '$1'; see --help" ;;
  esac
  shift
done
branch_of "$environment" >/dev/null
[[ -n $tag || $environment == prod ]] || die "--environment goes with --image-tag: branches are promoted to prod only"
login

# validated TAG: is or was it in the dev overlay on branch dev?
validated() {
  local commit overlay
  overlay=$(overlay_of dev)
  github_ok GET "/repos/$GITHUB_REPOSITORY/commits?sha=dev&path=$overlay&per_page=100"
  for commit in $(field '.[].sha'); do
    read_file "$overlay" "$commit"
    [[ $(overlay_tag <<<"$file_text") != "$1" ]] || return 0
  done
  return 1
}

promote_image() {
  require_image_tag "$tag"
  registry_login
  [[ -n $(registry_digest "$tag") ]] || die "$IMAGE:$tag is not in the registry: nothing that was not built and scanned is promoted"
  [[ $environment == dev ]] || validated "$tag" ||
    die "$tag has never been in the dev overlay on branch dev: validate it there first (--environment dev --image-tag $tag)"
  propose_tag "$environment" "$(overlay_of "$environment")" "$tag" "chore: promote $tag to $environment [skip ci]" \
    "Sets image \`$tag\` in the overlay of $environment. Merging this deploys it."
  [[ -n $proposal_url ]] || die "this token may not open pull requests on $GITHUB_REPOSITORY: $(message)"
}

promote_branch() {
  github_ok GET "/repos/$GITHUB_REPOSITORY/compare/main...dev"
  if [[ $(field .ahead_by) == 0 ]]; then
    note "dev has nothing that main does not have: there is nothing to promote"
    exit 0
  fi
  local commits
  commits=$(field '[.commits[].commit.message | split("\n")[0] | "- " + .] | join("\n")')
  github_ok GET "/repos/$GITHUB_REPOSITORY/pulls?state=open&base=main&head=${GITHUB_REPOSITORY%%/*}:dev"
  proposal_url=$(field '.[0].html_url // empty')
  [[ -z $proposal_url ]] || return 0
  github_ok POST "/repos/$GITHUB_REPOSITORY/pulls" "$(
    jq -n --arg body "Merge with a merge commit, so that main and dev keep a common history.

$commits" '{title: "release: promote dev to main", head: "dev", base: "main", body: $body}'
  )"
  proposal_url=$(field .html_url)
}

# GitHub merges as soon as the branch's rules are met and not before. A pull request that meets them already is merged at once.
enable_auto_merge() {
  local number=${proposal_url##*/} id
  github_ok GET "/repos/$GITHUB_REPOSITORY/pulls/$number"
  id=$(field .node_id)
  # shellcheck disable=SC2016 # a variable of GraphQL
  github_ok POST /graphql "$(
    jq -n --arg id "$id" '{
      query: "mutation($id: ID!) { enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: MERGE}) { clientMutationId } }",
      variables: {id: $id}
    }'
  )"
  if [[ $(field '.errors // [] | length') == 0 ]]; then
    note "It will be merged when its reviews and checks are there."
  elif message | grep -qi 'clean status'; then
    github_ok PUT "/repos/$GITHUB_REPOSITORY/pulls/$number/merge" '{"merge_method": "merge"}'
    note "Its reviews and checks were there: it is merged."
  else
    die "auto-merge cannot be switched on for $proposal_url: $(message)"
  fi
}

proposal_url=""
if [[ -n $tag ]]; then promote_image; else promote_branch; fi
printf '%s\n' "$proposal_url"
[[ $auto_merge == false ]] || enable_auto_merge
