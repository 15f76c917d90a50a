"""Compares the warehouse with what it should hold, every morning after the load."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.decorators import dag, task
from airflow.providers.postgres.hooks.postgres import PostgresHook


@dag(
    schedule="0 6 * * *",
    start_date=datetime(2025, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    default_args={"owner": "data-engineering", "retries": 1, "retry_delay": timedelta(minutes=10)},
    tags=["quality"],
    description="No day without orders, no negative total",
)
def warehouse_quality() -> None:
    @task
    def day_is_there(ds: str = "") -> None:
        rows = PostgresHook("warehouse").get_first("SELECT count(*) FROM daily_totals WHERE day = %s", parameters=(ds,))
        if not rows or rows[0] == 0:
            raise ValueError(f"the warehouse has no totals of {ds}")

    @task
    def totals_are_positive() -> None:
        rows = PostgresHook("warehouse").get_first("SELECT count(*) FROM daily_totals WHERE total < 0")
        if rows and rows[0] > 0:
            raise ValueError(f"{rows[0]} totals are negative")

    day_is_there() >> totals_are_positive()


warehouse_quality()
