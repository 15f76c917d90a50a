import pytest

airflow_models = pytest.importorskip("airflow.models")


@pytest.fixture(scope="module")
def bag() -> object:
    return airflow_models.DagBag(dag_folder="dags", include_examples=False)


def test_load_without_an_error(bag: object) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == {"daily_orders", "warehouse_quality"}


def test_the_load_waits_for_the_export(bag: object) -> None:
    assert bag.dags["daily_orders"].get_task("load").upstream_task_ids == {"find_export"}
