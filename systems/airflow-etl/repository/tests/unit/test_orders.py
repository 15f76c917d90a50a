from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from etl.orders import BadRow, Order, daily_totals, read_orders

HEADER = "number,day,country,total\n"


def export(folder: Path, rows: str) -> Path:
    path = folder / "orders.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    return path


@pytest.mark.smoke
def test_reads_orders(tmp_path: Path) -> None:
    orders = read_orders(export(tmp_path, "A1,2025-03-01,fr,10.50\n"))
    assert orders == [Order("A1", date(2025, 3, 1), "FR", Decimal("10.50"))]


@pytest.mark.smoke
def test_sums_by_day_and_country() -> None:
    day = date(2025, 3, 1)
    orders = [Order("A1", day, "FR", Decimal("1.10")), Order("A2", day, "FR", Decimal("2.20")), Order("A3", day, "DE", Decimal(5))]
    assert daily_totals(orders) == {(day, "FR"): Decimal("3.30"), (day, "DE"): Decimal(5)}


def test_counts_an_order_that_was_exported_twice_once() -> None:
    order = Order("A1", date(2025, 3, 1), "FR", Decimal(7))
    assert daily_totals([order, order]) == {(order.day, "FR"): Decimal(7)}


@pytest.mark.parametrize("row", ["A1,yesterday,fr,1", "A1,2025-03-01,fr,-1", ",2025-03-01,fr,1", "A1,2025-03-01,fra,1", "A1,2025-03-01,fr,NaN"])
def test_refuses_a_row_that_is_no_order_with_its_line(tmp_path: Path, row: str) -> None:
    with pytest.raises(BadRow, match="line 3"):
        read_orders(export(tmp_path, f"A0,2025-03-01,fr,1\n{row}\n"))


def test_an_export_without_orders_has_no_totals(tmp_path: Path) -> None:
    assert daily_totals(read_orders(export(tmp_path, ""))) == {}
