# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set here for the caller, and by github.sh for us
# A change of what an environment runs, as a pull request. Sourced after common.sh and github.sh, never run.

# propose BRANCH BASE COMMIT TITLE BODY: a pull request from BRANCH, which is made or moved to COMMIT. An open one is taken over.
# Sets proposal_url and proposal_number.
propose() {
  local branch=$1 base=$2 commit=$3 title=$4 body=$5
  github POST /git/refs "$(jq --null-input --arg ref "refs/heads/$branch" --arg sha "$commit" '{ref: $ref, sha: $sha}')"
  if [[ $response_status == 422 ]] && message | grep -qi 'already exists'; then
    github_ok PATCH "/git/refs/heads/$branch" "$(jq --null-input --arg sha "$commit" '{sha: $sha, force: true}')"
  elif [[ $response_status != 201 ]]; then
    die "branch $branch cannot be created: GitHub answered $response_status: $(message)"
  fi
  github_ok GET "/pulls?state=open&base=$base&head=${GITHUB_REPOSITORY%%/*}:$branch"
  proposal_number=$(field '.[0].number // empty')
  if [[ -n $proposal_number ]]; then
    github_ok PATCH "/pulls/$proposal_number" "$(jq --null-input --arg title "$title" --arg body "$body" '{title: $title, body: $body}')"
  else
    github_ok POST /pulls "$(
      jq --null-input --arg title "$title" --arg head "$branch" --arg base "$base" --arg body "$body" \
        '{title: $title, head: $head, base: $base, body: $body}'
    )"
    proposal_number=$(field .number)
  fi
  proposal_url=$(field .html_url)
}

# commit_tree SOURCE PARENT MESSAGE PATH TEXT [PATH TEXT]...: a commit on PARENT that holds the files of commit SOURCE, with these in place
# of its own. Sets new_commit. Through the API and without an author, so that GitHub signs it.
commit_tree() {
  local source=$1 parent=$2 message=$3 entries='[]' tree
  shift 3
  while (($# > 0)); do
    entries=$(jq --arg path "$1" --arg text "$2" '. + [{path: $path, mode: "100644", type: "blob", content: ($text + "\n")}]' <<<"$entries")
    shift 2
  done
  github_ok GET "/git/commits/$source"
  tree=$(field .tree.sha)
  github_ok POST /git/trees "$(jq --null-input --arg base "$tree" --argjson tree "$entries" '{base_tree: $base, tree: $tree}')"
  tree=$(field .sha)
  github_ok POST /git/commits "$(
    jq --null-input --arg message "$message" --arg tree "$tree" --arg parent "$parent" '{message: $message, tree: $tree, parents: [$parent]}'
  )"
  new_commit=$(field .sha)
}

# head_of BRANCH: prints its commit.
head_of() {
  github_ok GET "/git/ref/heads/$1"
  field .object.sha
}

# merge_when_ready NUMBER: GitHub merges once all that the branch requires is there, and never before.
merge_when_ready() {
  local id
  github_ok GET "/pulls/$1"
  id=$(field .node_id)
  # shellcheck disable=SC2016 # a variable of GraphQL
  github_ok POST /graphql "$(
    jq --null-input --arg id "$id" '{
      query: "mutation($id: ID!) { enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: SQUASH}) { clientMutationId } }",
      variables: {id: $id}
    }'
  )"
  if [[ $(field '.errors // [] | length') != 0 ]]; then
    message | grep -qi 'clean status' || die "auto-merge cannot be switched on for pull request $1: $(message)"
    # All that it needs is there already, and then there is nothing to wait for.
    github_ok PUT "/pulls/$1/merge" '{"merge_method": "squash"}'
  fi
}
