#!/usr/bin/env bash
# Installs Airflow with the versions that its own constraints file has tested together, and what the tests need.
set -euo pipefail
version=$(sed -nE 's/^apache-airflow(\[[^]]*\])?==([0-9.]+)$/\2/p' requirements.txt)
[[ -n $version ]] || {
  echo "error: requirements.txt pins no apache-airflow" >&2
  exit 1
}
constraints=https://raw.githubusercontent.com/apache/airflow/constraints-$version/constraints-${PYTHON_VERSION:-3.11}.txt
pip install --requirement requirements.txt --requirement requirements-test.txt --constraint "$constraints"
