import json
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from careerdex.app import build
from careerdex.matching import score, skills


def get(folder: Path, path: str, query: str = "") -> tuple[str, dict[str, str], Any]:
    seen: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        seen.update(status=status, headers=dict(headers))

    environ: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query}
    setup_testing_defaults(environ)
    body = b"".join(build(folder)(environ, start))
    return seen["status"], seen["headers"], json.loads(body)


def test_matches_skills(tmp_path: Path) -> None:
    status, headers, body = get(tmp_path, "/match", "person=Python,SQL&job=python,spark")
    assert status == "200 OK"
    assert body == {"score": 0.5, "missing": ["spark"]}
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_asks_for_the_job(tmp_path: Path) -> None:
    assert get(tmp_path, "/match")[0] == "400 Bad Request"


def test_is_healthy_and_ready(tmp_path: Path) -> None:
    assert get(tmp_path, "/health")[2] == {"status": "ok"}
    assert get(tmp_path, "/ready")[2] == {"ready": True, "checks": {"storage": True}}


def test_is_not_ready_without_storage(tmp_path: Path) -> None:
    assert get(tmp_path / "missing", "/ready")[0] == "503 Service Unavailable"


@pytest.mark.parametrize(("person", "job", "expected"), [("a, B", "b", 1.0), ("", "a,b", 0.0), ("a", "", 1.0)])
def test_scores(person: str, job: str, expected: float) -> None:
    assert score(skills(person), skills(job)) == expected
