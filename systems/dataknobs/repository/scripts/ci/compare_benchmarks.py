"""Fail if a benchmark got slower than the stored baseline allows.

    compare_benchmarks.py BASELINE MEASURED [--update]

MEASURED is what pytest-benchmark writes. Times of two machines cannot be compared,
so each benchmark is judged in multiples of test_calibration, which ran on the same
machine. BASELINE holds these multiples and the tolerance in percent; --update writes
what was measured into it.
"""

import json
import sys
from pathlib import Path

CALIBRATION = "test_calibration"


def ratios(measured: dict) -> dict[str, float]:
    """Each benchmark's fastest round in multiples of the calibration's."""
    fastest = {run["name"]: run["stats"]["min"] for run in measured["benchmarks"]}
    if CALIBRATION not in fastest:
        raise SystemExit(f"error: {CALIBRATION} was not measured")
    unit = fastest.pop(CALIBRATION)
    return {name: seconds / unit for name, seconds in sorted(fastest.items())}


def faults(baseline: dict, measured: dict[str, float]) -> list[str]:
    """Say what is slower, gone or new."""
    tolerance = 1 + baseline["tolerance_percent"] / 100
    known = baseline["ratios"]
    found = [f"{name} was not measured" for name in known.keys() - measured.keys()]
    found += [f"{name} is not in the baseline" for name in measured.keys() - known]
    for name in known.keys() & measured.keys():
        change = measured[name] / known[name]
        print(f"{name}: {measured[name]:.3f} for {known[name]:.3f} ({change - 1:+.0%})")
        if change > tolerance:
            found.append(
                f"{name} takes {change:.2f} times as long; allowed are {tolerance:.2f}"
            )
    return sorted(found)


def main(arguments: list[str]) -> int:
    """Compare, or update."""
    if len(arguments) not in (2, 3) or arguments[2:] not in ([], ["--update"]):
        print(__doc__, file=sys.stderr)
        return 2
    path = Path(arguments[0])
    baseline = json.loads(path.read_text())
    measured = ratios(json.loads(Path(arguments[1]).read_text()))
    if arguments[2:]:
        baseline["ratios"] = {name: round(ratio, 4) for name, ratio in measured.items()}
        path.write_text(json.dumps(baseline, indent=2) + "\n")
        return 0
    found = faults(baseline, measured)
    for fault in found:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
