"""The lives of an order, a line and a purchase.

    line      waiting ──claim──▶ purchasing ──▶ delivered | partially_delivered | failed
                 ▲  │  ◀──put back──┘
          review │  └─▶ on_hold ─▶ waiting         waiting, on_hold ──cancel──▶ cancelled
                            └──a person──▶ failed  waiting, on_hold ──cards from stock──▶ delivered

    purchase  placing ──▶ placed ──▶ settled           planned ──▶ placing (a part, or after a 429)
                 └─▶ unknown ──▶ placed | placing (the same RequestId again) | refused
                 └─▶ refused

An order's status is derived from its lines, under the order's row lock only.
"""

from collections.abc import Collection, Mapping

from django.db import models


class LineStatus(models.TextChoices):
    """Where an order line stands."""

    WAITING = "waiting"
    ON_HOLD = "on_hold"
    PURCHASING = "purchasing"
    DELIVERED = "delivered"
    PARTIALLY_DELIVERED = "partially_delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OrderStatus(models.TextChoices):
    """What a partner reads."""

    CREATED = "created"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    PARTIALLY_FAILED = "partially_failed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PurchaseStatus(models.TextChoices):
    """Where one supplier order stands."""

    PLANNED = "planned"
    PLACING = "placing"
    UNKNOWN = "unknown"
    PLACED = "placed"
    SETTLED = "settled"
    REFUSED = "refused"


OPEN_LINES = frozenset({LineStatus.WAITING, LineStatus.ON_HOLD, LineStatus.PURCHASING})
FINAL_ORDERS = frozenset(
    {OrderStatus.SUCCEEDED, OrderStatus.PARTIALLY_FAILED, OrderStatus.FAILED, OrderStatus.CANCELLED}
)
OPEN_PURCHASES = frozenset(
    {PurchaseStatus.PLANNED, PurchaseStatus.PLACING, PurchaseStatus.UNKNOWN, PurchaseStatus.PLACED}
)
# The supplier may have these, so reading them may tell something.
READABLE_PURCHASES = frozenset({PurchaseStatus.PLACING, PurchaseStatus.UNKNOWN, PurchaseStatus.PLACED})

_LINE, _PURCHASE = LineStatus, PurchaseStatus
LINE_MOVES: Mapping[LineStatus, frozenset[LineStatus]] = {
    _LINE.WAITING: frozenset({_LINE.PURCHASING, _LINE.ON_HOLD, _LINE.CANCELLED, _LINE.DELIVERED}),
    _LINE.ON_HOLD: frozenset({_LINE.WAITING, _LINE.CANCELLED, _LINE.DELIVERED, _LINE.FAILED}),
    _LINE.PURCHASING: frozenset(
        {
            _LINE.WAITING,
            _LINE.ON_HOLD,
            _LINE.DELIVERED,
            _LINE.PARTIALLY_DELIVERED,
            _LINE.FAILED,
            _LINE.CANCELLED,
        }
    ),
}
PURCHASE_MOVES: Mapping[PurchaseStatus, frozenset[PurchaseStatus]] = {
    _PURCHASE.PLANNED: frozenset({_PURCHASE.PLACING, _PURCHASE.REFUSED}),
    _PURCHASE.PLACING: frozenset({_PURCHASE.PLANNED, _PURCHASE.UNKNOWN, _PURCHASE.PLACED, _PURCHASE.REFUSED}),
    _PURCHASE.UNKNOWN: frozenset({_PURCHASE.PLACING, _PURCHASE.PLACED, _PURCHASE.REFUSED}),
    _PURCHASE.PLACED: frozenset({_PURCHASE.SETTLED}),
}


class IllegalMoveError(Exception):
    """A row was asked to take a step that its life does not have: a bug, nothing was changed."""


def check_move[S: models.TextChoices](moves: Mapping[S, frozenset[S]], old: S, new: S) -> None:
    """Refuse a step that is not drawn above.

    Raises:
        IllegalMoveError: the table of moves has no such step.

    """
    if new not in moves.get(old, frozenset()):
        raise IllegalMoveError(f"{type(new).__name__}: {old} -> {new}")


def order_status(lines: Collection[LineStatus], *, claimed: bool, any_card: bool) -> OrderStatus:
    """Derive an order's status from its lines; `claimed`: whether any line was ever in a purchase."""
    if OPEN_LINES.intersection(lines):
        return OrderStatus.PROCESSING if claimed else OrderStatus.CREATED
    if all(status is LineStatus.DELIVERED for status in lines):
        return OrderStatus.SUCCEEDED
    if all(status is LineStatus.CANCELLED for status in lines):
        return OrderStatus.CANCELLED
    return OrderStatus.PARTIALLY_FAILED if any_card else OrderStatus.FAILED
