from types import SimpleNamespace
from typing import Any

import pytest
from validate_dags import faults_of


def dag(**changes: Any) -> SimpleNamespace:
    sound = {"default_args": {"owner": "data-engineering", "retries": 1}, "description": "what it does", "tags": ["orders"]}
    return SimpleNamespace(**{**sound, **changes})


def no_cycle(_: Any) -> None:
    return None


@pytest.mark.smoke
def test_a_sound_dag_has_no_fault() -> None:
    assert faults_of({"one": dag()}, {}, no_cycle) == []


def test_an_empty_folder_is_a_fault() -> None:
    assert len(faults_of({}, {}, no_cycle)) == 1


def test_import_errors_are_named_by_file_and_last_line() -> None:
    assert faults_of({}, {"dags/x.py": "Traceback\nImportError: nothing"}, no_cycle) == ["dags/x.py: ImportError: nothing"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"default_args": {"retries": 1}}, "owner"),
        ({"default_args": {"owner": "data-engineering"}}, "retries"),
        ({"description": ""}, "description"),
        ({"tags": []}, "tags"),
    ],
)
def test_missing_attributes_are_faults(changes: dict[str, Any], word: str) -> None:
    (fault,) = faults_of({"one": dag(**changes)}, {}, no_cycle)
    assert fault.startswith("one: ") and word in fault


def test_a_circle_is_a_fault() -> None:
    def cycle(_: Any) -> None:
        raise RuntimeError("a waits for b")

    (fault,) = faults_of({"one": dag()}, {}, cycle)
    assert "circle" in fault
