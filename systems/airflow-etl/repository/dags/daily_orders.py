"""Loads yesterday's orders into the warehouse."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.decorators import dag, task
from airflow.models import Variable
from airflow.providers.postgres.hooks.postgres import PostgresHook
from etl.orders import daily_totals, read_orders
from etl.warehouse import replace_days


@dag(
    schedule="0 4 * * *",
    start_date=datetime(2025, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "data-engineering", "retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["orders"],
    description="Daily totals of orders by country",
)
def daily_orders() -> None:
    @task
    def find_export(ds: str = "") -> str:
        path = Path(Variable.get("export_folder")) / f"orders-{ds}.csv"
        if not path.is_file():
            raise FileNotFoundError(f"the export {path} is not there yet")
        return str(path)

    @task
    def load(path: str) -> int:
        totals = daily_totals(read_orders(Path(path)))
        return replace_days(PostgresHook("warehouse").get_conn(), totals)

    load(find_export())


daily_orders()
