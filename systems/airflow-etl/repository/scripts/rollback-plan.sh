#!/usr/bin/env bash
# What to do about a fault in production, from the decision matrix in deploy/rollback-matrix.json. Prints it; does nothing itself.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/rollback-plan.sh critical|high|medium|low [--to sha-XXXXXXXX]

Prints the kind of rollback that the severity asks for, how much time there is, and the commands.

  --to TAG  the image to go back to; default: the one before the current

Example:
  scripts/rollback-plan.sh high --to sha-a1b2c3d4
TEXT
}

severity="" to=""
while (($# > 0)); do
  case $1 in
    --to)
      (($# > 1)) || die "--to needs an image tag"
      require_image_tag "$2"
      to=$2
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) die "unknown option '$1'; see --help" ;;
    *) severity=$1 ;;
  esac
  shift
done
matrix=$here/../deploy/rollback-matrix.json
row=$(jq --compact-output --arg severity "$severity" '.[$severity] // empty' "$matrix")
[[ -n $row ]] || die "unknown severity '$severity': $(jq --raw-output 'keys_unsorted | join(", ")' "$matrix")"

jq --raw-output '"\(.impact): \(.kinds | join(" and ")) rollback, " +
  (if .withinMinutes == null then "with the next deployment" else "within \(.withinMinutes) min" end)' <<<"$row"
for kind in $(jq --raw-output '.kinds[]' <<<"$row"); do
  case $kind in
    # The old version still runs beside the new one for thirty minutes; after that this starts it again. Then Git is brought in line.
    immediate) printf '  gatehouse rollback airflow-etl --tier production --emergency%s\n' "${to:+ --to $to}" ;;
    # The whole path again, with its approvals, validation and backup.
    artifact) printf '  gh workflow run cd-production.yml -f version=%s -f reason=…\n' "$([[ -n $to ]] && printf '%s' "${to#sha-}" || printf '<commit>')" ;;
    # In a pod of the new version: the old one does not know how to undo the new schema. With the writers stopped.
    database)
      printf '  kubectl --namespace airflow-etl scale rollout airflow-scheduler airflow-workers --replicas 0\n'
      printf '  kubectl --namespace airflow-etl exec deployment/airflow-webserver -- airflow db downgrade --to-version <before>\n'
      printf '  kubectl --namespace airflow-etl exec deployment/airflow-webserver -- airflow db check\n'
      ;;
    hotfix) printf '  git switch --create feature/hotfix origin/main\n' ;;
    *) die "the matrix names an unknown kind of rollback: $kind" ;;
  esac
done
