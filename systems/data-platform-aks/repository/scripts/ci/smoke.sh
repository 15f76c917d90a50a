#!/usr/bin/env bash
# Do the two images start and work together with nothing but themselves? Needs docker; ends what it starts.
#
#   smoke.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
cd "$here/../.."

for package in "${PACKAGES[@]}"; do
  docker build --quiet --file "docker/$package/Dockerfile" --tag "$package:smoke" .
done

# A fresh database, and every DAG that the scheduler would find.
docker run --rm airflow:smoke bash -c 'airflow db migrate && airflow dags list'
docker run --rm airflow:smoke dbt --version

frontend=$(docker run --detach --rm --publish 127.0.0.1:8080:8080 --read-only --tmpfs /tmp frontend:smoke)
trap 'docker stop "$frontend" >/dev/null' EXIT
curl --silent --show-error --fail --retry 20 --retry-all-errors --retry-delay 1 http://127.0.0.1:8080/healthz
curl --silent --show-error --fail http://127.0.0.1:8080/ | grep -q '<h1>Revenue by day</h1>' || die "the front end does not serve its page"
