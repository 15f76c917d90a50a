# shellcheck shell=bash
# shellcheck disable=SC2154 # file_text, file_sha and response_status are set by github.sh
# A change of an overlay's tags as a pull request. Sourced after common.sh, github.sh and overlay.sh, never run.

# propose_tags ENVIRONMENT AIRFLOW_TAG FRONTEND_TAG BODY: sets proposal_url. A second call finds the pull request of the first. The commit
# carries no [skip ci]: it is the head of a pull request, whose required checks would never start.
propose_tags() {
  local environment=$1 airflow=$2 frontend=$3 body=$4 overlay branch head text title
  overlay=$(folder_of "$environment")/kustomization.yaml
  branch=promotion/$environment-airflow-$airflow-frontend-$frontend
  title="chore($environment): deploy airflow $airflow, frontend $frontend"

  github_ok GET "/repos/$GITHUB_REPOSITORY/pulls?state=open&base=main&head=${GITHUB_REPOSITORY%%/*}:$branch"
  proposal_url=$(field '.[0].html_url // empty')
  [[ -z $proposal_url ]] || return 0

  github_ok GET "/repos/$GITHUB_REPOSITORY/git/ref/heads/main"
  head=$(field .object.sha)
  github POST "/repos/$GITHUB_REPOSITORY/git/refs" "$(jq -n --arg ref "refs/heads/$branch" --arg sha "$head" '{ref: $ref, sha: $sha}')"
  if [[ $response_status == 422 ]] && message | grep -qi 'already exists'; then
    # Left behind by a pull request that was closed, or by a run that broke off: it starts again from today's main.
    github_ok PATCH "/repos/$GITHUB_REPOSITORY/git/refs/heads/$branch" "$(jq -n --arg sha "$head" '{sha: $sha, force: true}')"
  else
    [[ $response_status == 201 ]] || die "branch $branch cannot be created: GitHub answered $response_status: $(message)"
  fi

  read_file "$overlay" "$branch"
  text=$(overlay_with_tag airflow "$airflow" <<<"$file_text" | overlay_with_tag frontend "$frontend")
  write_file "$overlay" "$branch" "$title" "$text" "$file_sha"
  [[ $response_status == 2?? ]] || die "$overlay on $branch cannot be written: GitHub answered $response_status: $(message)"
  github_ok POST "/repos/$GITHUB_REPOSITORY/pulls" "$(
    jq -n --arg title "$title" --arg head "$branch" --arg body "$body" '{title: $title, head: $head, base: "main", body: $body}'
  )"
  # shellcheck disable=SC2034 # for the caller
  proposal_url=$(field .html_url)
}
