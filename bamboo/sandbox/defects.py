"""Defects that a test orders for the transactions report: each is a way in which the supplier's books may differ.

A defect is written as if it had really happened: all later balances of the account move with it. Only
`break_balance` makes the report contradict itself.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Movement:
    """A row of the report. The amount of an order was taken from the account, any other amount was put into it."""

    id: str
    type: str
    at: float
    amount: Decimal
    balance: Decimal
    currency: str
    request_id: str | None = None
    order_id: int | None = None
    ordered_at: float | None = None
    comment: str | None = None

    @property
    def taken(self) -> Decimal:
        """What the movement lowered the balance by."""
        return self.amount if self.type == "Order" else -self.amount


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect on order; what its fields mean is the defect's own."""

    defect: str
    request_id: str | None = None
    amount: Decimal = Decimal(0)
    type: str = "Order"
    currency: str = "USD"


class Defects:
    """All defects on order, in the order in which they were asked for."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._defects: list[Defect] = []

    def add(self, raw: dict[str, Any]) -> Defect:
        """Put a defect on order.

        Raises:
            ValueError: there is no such defect.
            TypeError: a field is unknown.

        """
        values = {**raw, "amount": Decimal(str(raw.get("amount", 0)))}
        defect = Defect(**values)
        if defect.defect not in _EFFECTS:
            raise ValueError(f"unknown defect: {defect.defect}")
        with self._lock:
            self._defects.append(defect)
        return defect

    def all(self) -> list[Defect]:
        """Return what is on order."""
        with self._lock:
            return list(self._defects)

    def clear(self) -> None:
        """Cancel all of them."""
        with self._lock:
            self._defects.clear()

    def applied(self, movements: list[Movement], *, now: float) -> list[Movement]:
        """Return the movements as the report shows them."""
        for number, defect in enumerate(self.all(), start=1):
            movements = _EFFECTS[defect.defect](movements, defect, number, now)
        return movements


def _shifted(movements: Sequence[Movement], like: Movement, by: Decimal) -> list[Movement]:
    """Move the balances of what came later on the same account."""
    return [replace(each, balance=each.balance + by) if each.currency == like.currency else each for each in movements]


def _place(movements: Sequence[Movement], defect: Defect) -> int:
    for position, each in enumerate(movements):
        if each.request_id == defect.request_id:
            return position
    raise ValueError(f"the report has no row of {defect.request_id}")


def _leave_out(movements: list[Movement], defect: Defect, _number: int, _now: float) -> list[Movement]:
    place = _place(movements, defect)
    gone = movements[place]
    return movements[:place] + _shifted(movements[place + 1 :], gone, gone.taken)


def _change_amount(movements: list[Movement], defect: Defect, _number: int, _now: float) -> list[Movement]:
    place = _place(movements, defect)
    old = movements[place]
    by = old.amount - defect.amount
    new = replace(old, amount=defect.amount, balance=old.balance + by)
    return [*movements[:place], new, *_shifted(movements[place + 1 :], old, by)]


def _repeat(movements: list[Movement], defect: Defect, number: int, _now: float) -> list[Movement]:
    place = _place(movements, defect)
    first = movements[place]
    again = replace(first, id=f"{first.id}{number:03d}", balance=first.balance - first.amount)
    return [*movements[: place + 1], again, *_shifted(movements[place + 1 :], first, -first.amount)]


def _add(movements: list[Movement], defect: Defect, number: int, now: float) -> list[Movement]:
    last = next((each for each in reversed(movements) if each.currency == defect.currency), None)
    before = Decimal(0) if last is None else last.balance
    new = Movement(
        id=f"{8_000_000 + number}",
        type=defect.type,
        at=now if last is None else last.at + 0.001 * number,
        amount=defect.amount,
        balance=before,
        currency=defect.currency,
        request_id=defect.request_id,
    )
    return [*movements, replace(new, balance=before - new.taken)]


def _break_balance(movements: list[Movement], defect: Defect, _number: int, _now: float) -> list[Movement]:
    place = _place(movements, defect)
    return movements[:place] + _shifted(movements[place:], movements[place], defect.amount)


_EFFECTS: dict[str, Callable[[list[Movement], Defect, int, float], list[Movement]]] = {
    "leave_out": _leave_out,
    "change_amount": _change_amount,
    "repeat": _repeat,
    "add": _add,
    "break_balance": _break_balance,
}
