"""What happens to an order before the warehouse sees it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation


class OrderError(ValueError):
    """A row that is no order, with the field that is wrong."""


@dataclass(frozen=True)
class Order:
    """One order; the amount is in euros."""

    order_id: int
    ordered_on: date
    amount: Decimal


def parse(row: Mapping[str, str]) -> Order:
    """Reads a row of the source. Raises OrderError if a field is missing, malformed or out of range."""
    try:
        order = Order(int(row["order_id"]), date.fromisoformat(row["ordered_on"]), Decimal(row["amount"]))
    except KeyError as error:
        raise OrderError(f"the row has no {error.args[0]}") from error
    except (ValueError, InvalidOperation) as error:
        raise OrderError(f"order {row.get('order_id', '?')} is malformed: {dict(row)}") from error
    if not order.amount.is_finite() or order.amount < 0:
        raise OrderError(f"order {order.order_id}: amount is {order.amount}; it must be 0 or more")
    return order


def latest(orders: Iterable[Order]) -> list[Order]:
    """The last of each id, in order of their ids: the source repeats an order when it changes."""
    return [order for _, order in sorted({order.order_id: order for order in orders}.items())]
