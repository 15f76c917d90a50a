import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from etl.warehouse import replace_days

psycopg2 = pytest.importorskip("psycopg2")


@pytest.fixture
def connection() -> Iterator[Any]:
    address = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("postgresql+psycopg2", "postgresql")
    opened = psycopg2.connect(address)
    try:
        yield opened
    finally:
        with opened, opened.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS daily_totals")
        opened.close()


def rows(connection: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT day, country, total FROM daily_totals ORDER BY day, country")
        return list(cursor.fetchall())


def test_a_second_run_of_the_same_day_counts_nothing_twice(connection: Any) -> None:
    totals = {(date(2025, 3, 1), "FR"): Decimal("3.30")}
    assert replace_days(connection, totals) == 1
    assert replace_days(connection, totals) == 1
    assert rows(connection) == [(date(2025, 3, 1), "FR", Decimal("3.30"))]


def test_only_the_days_that_occur_are_replaced(connection: Any) -> None:
    replace_days(connection, {(date(2025, 3, 1), "FR"): Decimal(1)})
    replace_days(connection, {(date(2025, 3, 2), "DE"): Decimal(2)})
    assert [day for day, _, _ in rows(connection)] == [date(2025, 3, 1), date(2025, 3, 2)]
