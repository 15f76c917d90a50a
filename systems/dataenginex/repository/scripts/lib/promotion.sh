# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set here for the caller, and by github.sh for us
# A change of an overlay's image tag as a pull request. Sourced after common.sh and github.sh, never run.

# require_not_banned ENVIRONMENT TAG: what was rolled back stands in banned-tags.txt beside the overlay, and nothing returns it. The branch
# says so that is deployed, whatever the commit of the image says.
require_not_banned() {
  local list
  list=$(dirname "$(overlay_of "$1")")/banned-tags.txt
  github GET "/repos/$GITHUB_REPOSITORY/contents/$list?ref=$(branch_of "$1")"
  case $response_status in
    200) ;;
    404) return 0 ;;
    *) die "$list on $(branch_of "$1") cannot be read: GitHub answered $response_status: $(message)" ;;
  esac
  if field .content | base64 --decode | sed -E 's/[[:blank:]]*(#.*)?$//' | grep -xF -e "$2" >/dev/null; then
    die "$2 is banned: it stands in $list on $(branch_of "$1"), as it was rolled back. Deploy a later image"
  fi
}

# propose_tag ENVIRONMENT OVERLAY TAG TITLE BODY: sets proposal_url, or leaves it empty if this token may not open pull requests.
# A second call finds the pull request of the first. A banned tag ends the script.
propose_tag() {
  local environment=$1 overlay=$2 tag=$3 title=$4 body=$5 base branch head text
  base=$(branch_of "$environment")
  branch=promotion/$environment-$tag
  proposal_url=""
  require_not_banned "$environment" "$tag"

  github_ok GET "/repos/$GITHUB_REPOSITORY/pulls?state=open&base=$base&head=${GITHUB_REPOSITORY%%/*}:$branch"
  proposal_url=$(field '.[0].html_url // empty')
  [[ -z $proposal_url ]] || return 0

  github_ok GET "/repos/$GITHUB_REPOSITORY/git/ref/heads/$base"
  head=$(field .object.sha)
  github POST "/repos/$GITHUB_REPOSITORY/git/refs" "$(jq -n --arg ref "refs/heads/$branch" --arg sha "$head" '{ref: $ref, sha: $sha}')"
  case $response_status in
    201) ;;
    422)
      message | grep -qi 'already exists' || die "branch $branch cannot be created: $(message)"
      # Left behind by a pull request that was closed, or by a run that broke off: it starts again from today's $base.
      github_ok PATCH "/repos/$GITHUB_REPOSITORY/git/refs/heads/$branch" "$(jq -n --arg sha "$head" '{sha: $sha, force: true}')"
      ;;
    403 | 404) return 0 ;;
    *) die "branch $branch cannot be created: GitHub answered $response_status: $(message)" ;;
  esac

  read_file "$overlay" "$branch"
  if [[ $(overlay_tag <<<"$file_text") != "$tag" ]]; then
    # No [skip ci] in this commit: it is the head of a pull request, whose required checks would never start.
    text=$(overlay_with_tag "$tag" <<<"$file_text")
    write_file "$overlay" "$branch" "${title% \[skip ci\]}" "$text" "$file_sha"
    [[ $response_status == 2?? ]] || die "$overlay on $branch cannot be written: GitHub answered $response_status: $(message)"
  fi

  github POST "/repos/$GITHUB_REPOSITORY/pulls" "$(
    jq -n --arg title "$title" --arg head "$branch" --arg base "$base" --arg body "$body" \
      '{title: $title, head: $head, base: $base, body: $body}'
  )"
  case $response_status in
    201) proposal_url=$(field .html_url) ;;
    403 | 404) ;;
    422) message | grep -qi 'not permitted' || die "the pull request cannot be opened: $(message)" ;;
    *) die "the pull request cannot be opened: GitHub answered $response_status: $(message)" ;;
  esac
}
