"""Loads every DAG as the scheduler would, and says what is wrong with any of them.

Usage: python scripts/validate_dags.py dags
Exits 1 with every fault: import errors, circular dependencies, missing owner, description, tags or retries.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any


def faults_of(dags: Mapping[str, Any], import_errors: Mapping[str, str], has_cycle: Any) -> list[str]:
    """Faults of a loaded bag. has_cycle raises for a DAG whose tasks wait for each other in a circle."""
    faults = [f"{path}: {error.strip().splitlines()[-1]}" for path, error in import_errors.items()]
    if not dags and not faults:
        faults.append("no DAG was found: an empty folder would pass every other check")
    for name, dag in dags.items():
        faults.extend(f"{name}: {fault}" for fault in _faults_of_dag(dag, has_cycle))
    return faults


def _faults_of_dag(dag: Any, has_cycle: Any) -> Iterable[str]:
    try:
        has_cycle(dag)
    except Exception as error:  # Airflow has a class of its own for it, in a place that differs between versions.
        yield f"its tasks wait for each other in a circle: {error}"
    if dag.default_args.get("owner", "airflow") == "airflow":
        yield "has no owner: nobody would be asked about a failure"
    if dag.default_args.get("retries", 0) < 1:
        yield "has no retries: one lost connection would fail it"
    if not dag.description:
        yield "has no description"
    if not dag.tags:
        yield "has no tags"


def main(folder: str) -> int:
    from airflow.models import DagBag
    from airflow.utils.dag_cycle_tester import check_cycle

    bag = DagBag(dag_folder=folder, include_examples=False)
    faults = faults_of(bag.dags, bag.import_errors, check_cycle)
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    print(f"{len(bag.dags)} DAGs, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/validate_dags.py FOLDER")
    sys.exit(main(sys.argv[1]))
