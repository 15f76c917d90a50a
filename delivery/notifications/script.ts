/**
 * What the workflow of notifications runs. Text that others write (a branch, a title, a name) is only ever data of jq: none of it is part
 * of a command, of a header, or of a mention. Secrets reach curl and jq by the environment, so that no process list shows them.
 */

/** From an event of `workflow_run`, the run's jobs and the tables to messages, one a line. Written for jq 1.6 and later. */
export const decideProgram = String.raw`
def plain($most): tostring | gsub("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+"; " ") | if length > $most then .[:$most - 1] + "…" else . end;
def slack: gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
def discord: gsub("(?<sign>[\\\\*_~\u0060|<>\\[\\]()#])"; "\\" + .sign);
def folded: [range(0; length; 76) as $at | .[$at:$at + 76]] | join("\n");
# Words of at most 75 characters, as RFC 2047 has it.
def header: if all(explode[]; . < 127) then .
  else [range(0; length; 10) as $at | "=?UTF-8?B?\(.[$at:$at + 10] | @base64)?="] | join("\n ") end;

def outcome: if . == "success" then . elif IN("failure", "timed_out", "startup_failure") then "failure" else null end;
# GitHub calls a job that it breaks off at its time limit cancelled, like one that a person has stopped.
def broken_off($limit): .conclusion == "cancelled" and ((.steps // []) | length > 0) and .started_at != null and .completed_at != null
  and (.completed_at | fromdate) - (.started_at | fromdate) >= $limit * 60;
def of_job($job): .conclusion as $conclusion | if broken_off($job.limit) then "failure" else ($conclusion | outcome) end;
# A job that was skipped is no event, nor one whose result an earlier attempt has left. Of a matrix, one failure is the failure of all.
def of_jobs($all; $job; $since): [$all[] | select(.name | test($job.names))
    | select(.completed_at == null or $since == null or .completed_at >= $since) | of_job($job) | values]
  | if index("failure") then "failure" else .[0] end;

(env.WORKFLOWS | fromjson) as $workflows | (env.CHANNELS | fromjson) as $channels
| $event[0] as $event | $event.workflow_run as $run
| ($run.path | split("@")[0] | split("/")[-1]) as $file | $workflows[$file] as $workflow
| [$jobs[0][] | .name as $name | [$workflow.jobs[]? | select(.names as $names | $name | test($names))][0] as $job
    | select(of_job($job // {limit: 360}) == "failure") | $name] as $broken
| (if $event.action == "completed" then
    if $run.conclusion == "cancelled" and ($broken | length > 0) then "failure" else ($run.conclusion | outcome) end
  else "started" end) as $ended
| ($run.head_repository.full_name == $run.repository.full_name and ($run.event | startswith("pull_request") | not)) as $own
| env.RULES | fromjson | to_entries[] | .key as $number | .value as $rule
| select($rule.workflow == $file)
# A fork may carry a workflow of the same file and name; what starts it is not up to the fork.
| select($workflow.events | index($run.event))
| select($rule.branch == null or ($own and $rule.branch == $run.head_branch))
| (if $rule.job == null then $ended
  elif $event.action == "completed" then of_jobs($jobs[0]; $workflow.jobs[$rule.job]; $run.run_started_at)
  else null end) as $outcome
| select($outcome != null and ($rule.outcome == $outcome or ($rule.outcome == "completed" and $outcome != "started")))
| ($rule.severity // (if $outcome == "failure" then "error" else "info" end)) as $severity
| {success: "succeeded", failure: "failed", started: "has started"}[$outcome] as $verb
| ($rule.message // (([$workflow.name] + (if $rule.job == null then [] else ["job \($rule.job)"] end) | join(", ")) + " \($verb)")) as $said
| ("\($run.repository.name): \($said) on \($run.head_branch // "no branch")" | plain(250)) as $title
| ([
    ["Repository", $run.repository.full_name], ["Workflow", "\($workflow.name), \($verb)"],
    ["Run", "\($run.display_title) (#\($run.run_number), attempt \($run.run_attempt))"],
    ["Branch", (if $own then "" else "of \($run.head_repository.full_name // "a fork that is gone"), " end) + ($run.head_branch // "none")],
    ["Commit", $run.head_sha[:8]], ["Started by", "\($run.triggering_actor.login // $run.actor.login // "nobody"), \($run.event)"]
  ] + (if $outcome == "failure" and ($broken | length > 0) then [["Failed", ($broken | join(", "))]] else [] end)
  | map({name: .[0], value: (.[1] | plain(500))})) as $facts
| $rule.to[] as $to | $channels[$to] as $channel
| {channel: $to, kind: $channel.kind, secret: $channel.secret, from: $channel.from, to: ($channel.to // [])}
+ if $channel.kind == "slack" then {body: {
    text: ($title | slack), mrkdwn: false,
    attachments: [{color: {critical: "#a30200", error: "#d73a4a", warning: "#fbca04", info: "#2eb67d"}[$severity],
      fallback: ($title | slack), title: $severity, title_link: $run.html_url,
      fields: [$facts[] | {title: .name, value: (.value | slack), short: (.value | length < 40)}]}]}}
  elif $channel.kind == "discord" then {body: {
    allowed_mentions: {parse: []},
    embeds: [{title: ($title | plain(120) | discord), url: $run.html_url,
      color: {critical: 10682880, error: 14105162, warning: 16501508, info: 3061373}[$severity],
      fields: [$facts[] | {name, value: (.value | discord), inline: (.value | length < 40)}]}]}}
  # An alert opens an incident and wakes somebody; a change is only listed.
  elif $channel.kind == "pagerduty" then ($severity | IN("critical", "error")) as $alert | {
    path: (if $alert then "/v2/enqueue" else "/v2/change/enqueue" end),
    body: ({
      payload: ({summary: $title, source: $run.repository.full_name, timestamp: $run.updated_at,
          custom_details: ($facts | map({key: .name, value}) | from_entries)}
        + if $alert then {severity: $severity, component: $file} else {} end),
      links: [{href: $run.html_url, text: "Run \($run.run_number)"}]
    } + if $alert then {
      event_action: "trigger",
      # What fails again while the incident is open belongs to it.
      dedup_key: ([$run.repository.full_name, $file, $rule.job // "", $run.head_branch // ""] | join("/") | .[:255])
    } else {} end)}
  else {mail: ([
    "From: \($channel.from)", "To: \($channel.to | join(", "))", "Subject: \($title | header)",
    "Date: \(now | strftime("%a, %d %b %Y %H:%M:%S +0000"))",
    "Message-ID: <\($run.id).\($run.run_attempt).\($event.action).\($number).\($to)@\($channel.from | split("@")[-1])>",
    "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "",
    ([$title, "", ($facts[] | "\(.name): \(.value)"), "", $run.html_url, ""] | join("\r\n") | @base64 | folded), ""
  ] | join("\n"))} end
`.trim();

/** A script of bash. It reads the event where GitHub puts it, and the tables and the secrets from its environment. */
export const notifyScript = String.raw`
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# The run's jobs, page by page: their names, how they ended, and when.
fetch_jobs() {
  local page=1 count=100 address
  address=$(jq -r '.workflow_run | "\(.repository.full_name)/actions/runs/\(.id)/attempts/\(.run_attempt)/jobs"' "$GITHUB_EVENT_PATH")
  while [[ $count -eq 100 ]]; do
    curl --silent --show-error --fail --max-time 30 --retry 3 --header 'Accept: application/vnd.github+json' \
      --config <(jq -rn '"header = \("Authorization: Bearer \(env.GITHUB_TOKEN)" | @json)"') \
      "$GITHUB_API_URL/repos/$address?per_page=100&page=$page" >"$work/page.json" || return 1
    jq -c '.jobs[]' "$work/page.json" >>"$work/jobs" || return 1
    count=$(jq '.jobs | length' "$work/page.json")
    page=$((page + 1))
  done
}

# send MESSAGE: to its channel.
send() {
  local kind secret
  kind=$(jq -r .kind <<<"$1")
  secret=$(jq -r .secret <<<"$1")
  [[ -n $(printenv "$secret") ]] || {
    echo "The secret $secret is empty." >&2
    return 1
  }
  case $kind in
    slack | discord) post_json "$1" --config <(url_of "$secret") ;;
    pagerduty)
      # The key is part of the body here.
      post_json "$(jq -c '.body.routing_key = env[.secret]' <<<"$1")" --url "$PAGERDUTY_URL$(jq -r .path <<<"$1")"
      ;;
    email) mail "$secret" "$1" ;;
  esac
}

url_of() {
  jq -rn --arg name "$1" '"url = \(env[$name] | @json)"'
}

# post_json MESSAGE ADDRESS...
post_json() {
  local message=$1
  shift
  jq -c .body <<<"$message" | curl --silent --show-error --fail --max-time 30 --retry 3 --proto '=http,https' --output /dev/null \
    --header 'Content-Type: application/json' --data-binary @- "$@"
}

# mail SECRET MESSAGE
mail() {
  local secret=$1
  jq -r .mail <<<"$2" >"$work/mail"
  jq -r '"mail-from = \(.from | @json)", (.to[] | "mail-rcpt = \(@json)")' <<<"$2" >"$work/envelope"
  # Not a word of a password over a connection that others can read.
  set -- --ssl
  [[ $(printenv "$secret") != smtp://*@* ]] || set -- --ssl-reqd
  curl --silent --show-error --max-time 60 --retry 3 --proto '=smtp,smtps' --crlf --upload-file "$work/mail" \
    --config "$work/envelope" --config <(url_of "$secret") "$@"
}

touch "$work/jobs"
# Without its jobs a run's own outcome is known all the same; that they could not be read still fails this job in the end.
if [[ $(jq -r .action "$GITHUB_EVENT_PATH") == completed ]] && ! fetch_jobs; then
  echo "::error::The jobs of the run could not be read: nobody hears of them."
  failed=1
fi
jq -s . "$work/jobs" >"$work/jobs.json"
jq -cn --slurpfile event "$GITHUB_EVENT_PATH" --slurpfile jobs "$work/jobs.json" "$DECIDE" >"$work/messages"

# One channel that fails does not silence the others.
while IFS= read -r message <&3; do
  channel=$(jq -r .channel <<<"$message")
  if send "$message"; then
    echo "Sent to $channel."
  else
    echo "::error::The notification did not reach $channel."
    failed=1
  fi
done 3<"$work/messages"
exit "$failed"
`.trim();
