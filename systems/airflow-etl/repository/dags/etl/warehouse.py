"""Writing to the warehouse: always the whole day, so that a task can run again without counting anything twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

TABLE = "CREATE TABLE IF NOT EXISTS daily_totals (day date, country char(2), total numeric(14, 2), PRIMARY KEY (day, country))"


def replace_days(connection: Any, totals: Mapping[tuple[date, str], Decimal]) -> int:
    """Replaces all rows of the days that occur in totals, in one transaction; returns how many rows were written.

    connection is of DB-API 2.0 with the parameter style of psycopg2.
    """
    with connection:
        with connection.cursor() as cursor:
            cursor.execute(TABLE)
            for day in {day for day, _ in totals}:
                cursor.execute("DELETE FROM daily_totals WHERE day = %s", (day,))
            for (day, country), total in totals.items():
                cursor.execute("INSERT INTO daily_totals VALUES (%s, %s, %s)", (day, country, total))
    return len(totals)
