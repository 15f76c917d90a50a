#!/usr/bin/env bash
# Do the installed packages work, and does the service answer?
#
#   health-check.sh [URL]
#
# With an URL such as https://dataknobs.example its /health and /ready are asked too. PYTHON is the interpreter that has the packages;
# default python.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# <= 1)) || die "usage: health-check.sh [URL]"
python=${PYTHON:-python}
"$python" -c "import $IMPORTS" || die "a package cannot be imported"
note "All packages import."
"$python" - <<'PYTHON' || die "the packages do not work together"
from dataknobs_structures import Tree
from dataknobs_utils import flatten
from dataknobs_xization import normalize, tokenize

tree = Tree("test")
tree.add_child("child")
# Not assert: PYTHONOPTIMIZE removes it.
if tree.num_children != 1:
    raise SystemExit(f"a tree with one child has {tree.num_children}")
if dict(flatten({"a": [1]})) != {"a[0]": 1}:
    raise SystemExit("nested data is not flattened")
if [normalize(token.text) for token in tokenize("Crème brûlée")] != ["creme", "brulee"]:
    raise SystemExit("words are not found")
PYTHON
note "Basic functionality works."

if (($# == 1)); then
  [[ $1 =~ ^https?://[^[:space:]]+$ ]] || die "'$1' is not an http or https address"
  for path in /health /ready; do
    curl --silent --show-error --fail --max-time 10 --retry 5 --retry-connrefused --output /dev/null "${1%/}$path" ||
      die "${1%/}$path does not answer with success"
  done
  note "The service answers."
fi
