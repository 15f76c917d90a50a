#!/usr/bin/env bash
# Does Airflow work? Asks its webserver about the database and the scheduler, and compares the number of DAGs with that in the folder.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/smoke-test.sh URL [--settle SECONDS] [--watch MINUTES]

  --settle SECONDS  wait so long first; default 0
  --watch MINUTES   ask once a minute for so long; one bad answer fails. Default: ask once

Environment: AIRFLOW_API_AUTH, user:password of an account that may read; without it DAGs are not counted.

Example:
  scripts/smoke-test.sh https://airflow.example --settle 30
TEXT
}

url="" settle=0 watch=0
while (($# > 0)); do
  case $1 in
    --settle | --watch)
      [[ ${2:-} =~ ^[0-9]+$ ]] || die "$1 needs a whole number"
      [[ $1 == --settle ]] && settle=$2 || watch=$2
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) die "unknown option '$1'; see --help" ;;
    *) url=${1%/} ;;
  esac
  shift
done
[[ $url =~ ^https?:// ]] || die "name the webserver's URL; see --help"

# ask PATH: sets body. The credential goes by a file descriptor, so that no process list shows it.
ask() {
  local status
  status=$(
    curl --silent --show-error --max-time 30 --retry 2 --retry-connrefused --output "$answer" --write-out '%{http_code}' \
      --config <([[ -z ${AIRFLOW_API_AUTH:-} ]] || printf 'user = "%s"\n' "$AIRFLOW_API_AUTH") "$url$1"
  ) || die "$url$1 did not answer"
  [[ $status == 200 ]] || die "$url$1 answered $status"
  body=$(<"$answer")
}

# https://airflow.apache.org/docs/apache-airflow/2.10.5/administration-and-deployment/logging-monitoring/check-health.html
healthy() {
  local part status
  ask /health
  for part in metadatabase scheduler; do
    status=$(jq --raw-output --arg part "$part" '.[$part].status // "missing"' <<<"$body")
    [[ $status == healthy ]] || die "$part is $status"
  done
}

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
body=""
sleep "$settle"
healthy
if [[ -n ${AIRFLOW_API_AUTH:-} ]]; then
  expected=$(grep -rlE '^ *with DAG\(|^@dag' "$here/../dags" --include '*.py' | wc -l)
  ask "/api/v1/dags?limit=1"
  count=$(jq .total_entries <<<"$body")
  [[ $count == "$expected" ]] || die "Airflow has $count DAGs, and dags/ holds $expected"
  ask "/api/v1/importErrors?limit=1"
  [[ $(jq .total_entries <<<"$body") == 0 ]] || die "Airflow reports $(jq .total_entries <<<"$body") import errors"
fi
for ((minute = 0; minute < watch; minute++)); do
  sleep "${INTERVAL:-60}"
  healthy
done
note "$url is healthy"
