#!/usr/bin/env bash
# Can Airflow import every DAG, and is each of them sound? Runs inside the image that runs the DAGs; needs docker.
#
#   validate-dags.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"
cd "$here/../.."

docker build --quiet --file docker/airflow/Dockerfile --tag airflow:dags .
docker run --rm --interactive airflow:dags python - <<'PYTHON' || die "a DAG cannot be imported, or is not sound; see above"
import sys
from airflow.models import DagBag

bag = DagBag("/opt/airflow/dags", include_examples=False)
problems = [f"{file}: {error}" for file, error in bag.import_errors.items()]
if not bag.dags and not problems:
    problems.append("there is no DAG")
for name, dag in bag.dags.items():
    if not dag.tasks:
        problems.append(f"{name}: has no task")
    if dag.catchup:
        problems.append(f"{name}: catches up, so a new deployment would run every day since its start")
    problems += [f"{name}.{task.task_id}: has no retries" for task in dag.tasks if task.retries == 0]
print("\n".join(problems) or f"{len(bag.dags)} sound DAGs")
sys.exit(bool(problems))
PYTHON
