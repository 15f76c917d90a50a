# shellcheck shell=bash
# What became of a deployment, as the commit status cd/<environment>. Sourced after common.sh and github.sh, never run.

# report ENVIRONMENT STATE DESCRIPTION [URL]: STATE is success only where the cluster has been seen to run the images.
report() {
  # With the job's own token: the promotion App needs no right to set statuses.
  github_token="" github_ok POST "/repos/$GITHUB_REPOSITORY/statuses/$SHA" "$(
    jq -n --arg state "$2" --arg context "cd/$1" --arg description "${3:0:140}" --arg url "${4:-}" \
      '{state: $state, context: $context, description: $description} + (if $url == "" then {} else {target_url: $url} end)'
  )"
  summary "**$1**: $3${4:+ ($4)}"
}
