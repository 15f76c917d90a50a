"""Orders: from the shop's CSV export to daily totals by country."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path


@dataclass(frozen=True)
class Order:
    number: str
    day: date
    country: str
    total: Decimal


class BadRow(ValueError):
    """A row that is no order, with its line in the file."""


def read_orders(path: Path) -> list[Order]:
    """Reads an export with the columns number, day, country and total.

    Raises BadRow for the first row that is no order: half a day's orders would be a wrong total that nobody notices.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return [_order(row, line) for line, row in enumerate(csv.DictReader(file), start=2)]


def _order(row: dict[str, str], line: int) -> Order:
    try:
        order = Order(row["number"], date.fromisoformat(row["day"]), row["country"].upper(), Decimal(row["total"]))
    except (KeyError, ValueError, InvalidOperation) as error:
        raise BadRow(f"line {line}: {error!r}") from error
    if not order.number or len(order.country) != 2 or not order.total.is_finite() or order.total < 0:
        raise BadRow(f"line {line}: an order has a number, a country of two letters and a total of zero or more")
    return order


def daily_totals(orders: Iterable[Order]) -> dict[tuple[date, str], Decimal]:
    """Sums by day and country. An order that was exported twice counts once."""
    totals: dict[tuple[date, str], Decimal] = {}
    for order in {order.number: order for order in orders}.values():
        key = (order.day, order.country)
        totals[key] = totals.get(key, Decimal(0)) + order.total
    return totals
