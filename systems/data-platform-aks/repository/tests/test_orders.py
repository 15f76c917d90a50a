from datetime import date
from decimal import Decimal

import pytest

from data_platform.orders import Order, OrderError, latest, parse

ROW = {"order_id": "7", "ordered_on": "2026-01-31", "amount": "12.50"}


def test_reads_an_order() -> None:
    assert parse(ROW) == Order(7, date(2026, 1, 31), Decimal("12.50"))


@pytest.mark.parametrize(
    "field, value",
    [("order_id", "seven"), ("ordered_on", "31.01.2026"), ("amount", "much"), ("amount", "-1"), ("amount", "NaN")],
)
def test_refuses_a_wrong_field(field: str, value: str) -> None:
    with pytest.raises(OrderError, match="7|seven"):
        parse(ROW | {field: value})


def test_names_a_missing_field() -> None:
    with pytest.raises(OrderError, match="amount"):
        parse({key: value for key, value in ROW.items() if key != "amount"})


def test_keeps_the_last_of_each_id() -> None:
    first, second = parse(ROW), parse(ROW | {"amount": "13"})
    other = parse(ROW | {"order_id": "3"})
    assert latest([first, other, second]) == [other, second]
