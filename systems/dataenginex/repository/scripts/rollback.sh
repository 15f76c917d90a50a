#!/usr/bin/env bash
# Puts an earlier image back. Git decides what runs, so every way ends with a commit in Git.
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
Usage: scripts/rollback.sh dev|prod [--to sha-XXXXXXXX]
       scripts/rollback.sh emergency dev|prod --to sha-XXXXXXXX
       scripts/rollback.sh resume dev|prod

  dev        commits to branch dev, or opens a pull request where the branch refuses commits
  prod       opens a pull request to main
  emergency  when GitHub or Argo CD cannot be waited for: pauses the Application's automated sync, sets the image in the cluster,
             waits for the rollout, then opens the pull request that brings Git in line
  resume     switches the automated sync on again, once Git and the cluster agree

  --to TAG   the image; it must be in the registry. Default: the one before the current in the overlay's history

Environment: GITHUB_TOKEN, or a logged-in gh; REGISTRY_USER and REGISTRY_TOKEN (read:packages);
ARGOCD_NAMESPACE (default argocd) and a kubectl context of the cluster for emergency and resume.
Outside prod's sync window run `argocd app sync dex` after the merge.
TEXT
}

mode=rollback
case ${1:-} in
  emergency | resume)
    mode=$1
    shift
    ;;
  -h | --help)
    usage
    exit 0
    ;;
esac
environment=${1:-}
branch=$(branch_of "$environment")
overlay=$(overlay_of "$environment")
shift
target=""
while (($# > 0)); do
  case $1 in
    --to)
      (($# > 1)) || die "--to needs an image tag"
      target=$2
      shift
      ;;
    *) die "unknown option '$1'; see --help" ;;
  esac
  shift
done

argocd=${ARGOCD_NAMESPACE:-argocd}
application=dex namespace=dex
[[ $environment == prod ]] || application=dex-dev namespace=dex-dev

# previous_tag CURRENT: the last other tag in the overlay's history.
previous_tag() {
  local commit tag
  github_ok GET "/repos/$GITHUB_REPOSITORY/commits?sha=$branch&path=$overlay&per_page=100"
  for commit in $(field '.[].sha'); do
    read_file "$overlay" "$commit"
    tag=$(overlay_tag <<<"$file_text")
    if is_image_tag "$tag" && [[ $tag != "$1" ]]; then
      printf '%s' "$tag"
      return
    fi
  done
}

# Whether the image is there is asked first: a rollback to an image that cannot be pulled makes it worse.
check_target() {
  require_image_tag "$target"
  registry_login
  [[ -n $(registry_digest "$target") ]] || die "$IMAGE:$target is not in the registry"
}

rollback_in_git() {
  local current title text
  read_file "$overlay" "$branch"
  current=$(overlay_tag <<<"$file_text")
  if [[ -z $target ]]; then
    target=$(previous_tag "$current")
    [[ -n $target ]] || die "the history of $overlay on $branch has no other image than $current: name one with --to"
    read_file "$overlay" "$branch"
  fi
  check_target
  require_not_banned "$environment" "$target"
  if [[ $current == "$target" ]]; then
    note "$overlay on $branch carries $target already"
    return
  fi
  title="fix: rollback $environment to $target [skip ci]"
  if [[ $environment == dev ]]; then
    text=$(overlay_with_tag "$target" <<<"$file_text")
    write_file "$overlay" "$branch" "$title" "$text" "$file_sha"
    if [[ $response_status == 2?? ]]; then
      field .commit.html_url
      return
    fi
    refused || die "$overlay on $branch cannot be written: GitHub answered $response_status: $(message)"
    note "branch $branch takes changes by pull request only"
  fi
  propose_tag "$environment" "$overlay" "$target" "$title" "Puts \`$target\` back in place of \`$current\`."
  [[ -n $proposal_url ]] || die "this token may not open pull requests on $GITHUB_REPOSITORY: $(message)"
  printf '%s\n' "$proposal_url"
}

kubernetes() {
  kubectl "$@" || die "kubectl $*: failed; nothing after this step was done"
}

emergency() {
  [[ -n $target ]] || die "emergency needs --to: there may be no Git to look the previous image up in"
  check_target
  # Self-heal would undo the change within seconds.
  kubernetes --namespace "$argocd" patch "applications.argoproj.io/$application" --type merge \
    --patch '{"spec":{"syncPolicy":{"automated":null}}}'
  kubernetes --namespace "$namespace" set image deployment/dex "dex=$IMAGE:$target"
  kubernetes --namespace "$namespace" rollout status deployment/dex --timeout 5m
  note "The cluster runs $target and $application is not synced. Merge what follows, then run: scripts/rollback.sh resume $environment"
  login
  rollback_in_git
}

resume() {
  local live wanted
  login
  read_file "$overlay" "$branch"
  wanted=$IMAGE:$(overlay_tag <<<"$file_text")
  live=$(kubernetes --namespace "$namespace" get deployment/dex \
    --output 'jsonpath={.spec.template.spec.containers[?(@.name=="dex")].image}')
  [[ $live == "$wanted" ]] ||
    die "the cluster runs $live, but $overlay on $branch says $wanted: a sync would change what runs. Bring Git in line first"
  kubernetes --namespace "$argocd" patch "applications.argoproj.io/$application" --type merge \
    --patch '{"spec":{"syncPolicy":{"automated":{"prune":true,"selfHeal":true}}}}'
}

proposal_url=""
case $mode in
  rollback)
    login
    rollback_in_git
    ;;
  emergency) emergency ;;
  resume) resume ;;
esac
