"""Lines on hold: let one wait again when its price covers the cost, or fail it and give its money back."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from django_subatomic.db import durable, run_after_commit, transaction, transaction_required

from catalog import queries as catalog
from orders.models import Order, OrderItem
from orders.services import reasons, settlement, suspending, wakeups
from orders.services.deciding.locking import locked_line
from orders.states import LineStatus
from partners import services as partners
from steller import database
from steller.errors import StateConflictError
from steller.money import display
from wallets import services as wallets

DECLINED = "declined"


@durable
def release_line(*, line_id: uuid.UUID, actor: str, reason: str) -> OrderItem:
    """Let a line on hold be bought after all, in its old turn. No line is bought below its cost.

    Raises:
        InvalidRequestError: no reason.
        NotFoundError: no such line.
        StateConflictError: it is not on hold, costs more than it was sold for, or its partner is suspended.

    """
    why = reasons.checked(reason)
    with transaction():
        order, _, line = locked_line(line_id)
        if line.status == LineStatus.WAITING:
            # Released before.
            return line
        _require_on_hold(line)
        if suspending.suspended_for_now([line.partner_id]):
            raise StateConflictError("The partner is suspended: resume it, and its lines go on by themselves.")
        _require_covered(line)
        held_for = line.on_hold_reason
        line.move_to(LineStatus.WAITING)
        line.on_hold_reason = ""
        line.save(update_fields=["status", "on_hold_reason"])
        _record("line.release", order, line, actor=actor, reason=why, before={"on_hold_reason": held_for})
        run_after_commit(partial(wakeups.order_created, order.pk))
    return line


@durable
def fail_line(*, line_id: uuid.UUID, actor: str, reason: str) -> OrderItem:
    """Fail a line on hold and release its money.

    Raises:
        InvalidRequestError: no reason.
        NotFoundError: no such line.
        StateConflictError: it is not on hold.

    """
    why = reasons.checked(reason)
    with transaction():
        order, lines, line = locked_line(line_id)
        if line.status == LineStatus.FAILED and line.error == DECLINED:
            # Failed before.
            return line
        _require_on_hold(line)
        line.error = DECLINED
        _record("line.fail", order, line, actor=actor, reason=why, before={"on_hold_reason": line.on_hold_reason})
        finish_line(order, lines, line, at=database.now(), actor=actor, reason=why)
    return line


@transaction_required
def finish_line(
    order: Order, lines: Sequence[OrderItem], line: OrderItem, *, at: datetime, actor: str, reason: str
) -> None:
    """Settle one locked line of a locked order by what it got so far: line, order, event, wallet last."""
    settlement.close_line(line, at=at)
    line.save()
    if settlement.update_order(order, lines, at=at, actor=actor):
        settlement.announce(order, lines)
    wallets.settle(captured={line.hold_reference: line.captured_amount}, actor=actor, reason=reason)


def _require_on_hold(line: OrderItem) -> None:
    if line.status != LineStatus.ON_HOLD:
        raise StateConflictError(f"The line is not on hold: it is {line.status}.")


def _require_covered(line: OrderItem) -> None:
    cost: Decimal | None = catalog.unit_costs(wanted=[(line.product_id, line.face_value)]).get(
        (line.product_id, line.face_value)
    )
    if cost is not None and cost > line.break_even_cost:
        raise StateConflictError(
            f"A card costs {display(cost)} {line.supplier_currency} now; "
            f"what it was sold for covers {display(line.break_even_cost)}."
        )


def _record(action: str, order: Order, line: OrderItem, *, actor: str, reason: str, before: object) -> None:
    partners.record_audit(
        action=action,
        subject=f"order:{order.pk}",
        actor=actor,
        partner_id=order.partner_id,
        reason=reason,
        before=before,
        after={"line": str(line.pk)},
    )
