"""Settling: what the supplier decided of a line becomes money, state and an event, once, per order.

The second of two steps; `delivering` is the first. Lock order: lines by id, order, event counter, wallet last.
What this step did not reach, because a process died, the tick finds by `decided_at`.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import structlog
from django_subatomic.db import durable, transaction

from orders.models import Order, OrderItem
from orders.services.answers import CANCELLED
from orders.states import FINAL_ORDERS, LineStatus, OrderStatus, order_status
from partners import services as partners
from steller import database
from steller.money import display
from wallets import services as wallets

ACTOR = "system:settlement"
_BATCH = 100
_log = structlog.get_logger(__name__)


@durable
def settle_orders(order_ids: Iterable[uuid.UUID]) -> None:
    """Settle what is decided of each order, one transaction each; repeating it changes nothing.

    An order that cannot be settled is reported and passed over: the money of others does not wait for it.
    """
    for order_id in order_ids:
        try:
            with transaction():
                _settle_order(order_id)
        except Exception:  # noqa: BLE001 - whatever ails one order; the next tick tries it again
            _log.exception("order_not_settled", order_id=str(order_id))


@durable
def settle_decided() -> int:
    """Settle the lines that nobody settled after they were decided; the answer is how many orders had some.

    From both ends, so that a crowd that cannot be settled does not keep what was decided after it waiting.
    """
    lines = OrderItem.objects.filter(status=LineStatus.PURCHASING, decided_at__isnull=False)
    order_ids = set(lines.order_by("decided_at").values_list("order_id", flat=True)[:_BATCH])
    order_ids |= set(lines.order_by("-decided_at").values_list("order_id", flat=True)[:_BATCH])
    settle_orders(order_ids)
    return len(order_ids)


def _settle_order(order_id: uuid.UUID) -> None:
    lines = list(OrderItem.objects.select_for_update(no_key=True).filter(order=order_id).order_by("pk"))
    order = Order.objects.select_for_update().get(pk=order_id)
    at = database.now()
    decided = [line for line in lines if line.status == LineStatus.PURCHASING and line.decided_at]
    for line in decided:
        close_line(line, at=at)
    OrderItem.objects.bulk_update(decided, ["status", "captured_amount", "released_amount", "settled_at"])
    became_final = update_order(order, lines, at=at, actor=ACTOR)
    if became_final:
        announce(order, lines)
    if decided:
        wallets.settle(
            captured={line.hold_reference: line.captured_amount for line in decided},
            actor=ACTOR,
            reason=f"order {order.number}",
        )


def close_line(line: OrderItem, *, at: datetime) -> None:
    """Give a locked line its final state and its amounts: captured for each card it got, the rest released."""
    if line.error == CANCELLED and not line.delivered:
        line.move_to(LineStatus.CANCELLED)
    elif line.delivered == line.quantity:
        line.move_to(LineStatus.DELIVERED)
    elif line.delivered:
        line.move_to(LineStatus.PARTIALLY_DELIVERED)
    else:
        line.move_to(LineStatus.FAILED)
    line.captured_amount = line.unit_price * line.delivered
    line.released_amount = line.sale_amount - line.captured_amount
    line.settled_at = at


def update_order(order: Order, lines: Sequence[OrderItem], *, at: datetime, actor: str) -> bool:
    """Derive a locked order's state from its locked lines and save it; tell whether it became final now."""
    was_final = order.status in FINAL_ORDERS
    order.status = order_status(
        [LineStatus(line.status) for line in lines],
        claimed=any(line.claimed_at for line in lines),
        any_card=any(line.delivered for line in lines),
    )
    amounts = [line.supplier_amount for line in lines if line.supplier_amount is not None]
    order.supplier_total = sum(amounts, Decimal(0)) if amounts else None
    became_final = order.status in FINAL_ORDERS and not was_final
    if became_final:
        order.settled_at = at
        order.error = next((line.error for line in lines if line.error), "")
    order.updated_by = actor
    order.save(update_fields=["status", "supplier_total", "settled_at", "error", "updated_at", "updated_by"])
    return became_final


_EVENTS = {
    OrderStatus.SUCCEEDED: "order.succeeded",
    OrderStatus.PARTIALLY_FAILED: "order.partially_failed",
    OrderStatus.FAILED: "order.failed",
    OrderStatus.CANCELLED: "order.cancelled",
}


def announce(order: Order, lines: Sequence[OrderItem]) -> None:
    """Write the event of an order that became final: ids, states and amounts, no card data."""
    partners.record_event(
        partner_id=order.partner_id,
        mode=order.mode,
        kind=_EVENTS[OrderStatus(order.status)],
        body={
            "order_id": str(order.pk),
            "number": order.number,
            "request_id": str(order.request_id),
            "reference": order.reference,
            "order_type": order.type,
            "placed_by": order.created_by,
            "status": order.status,
            "currency": order.currency,
            "sale_total": display(order.sale_total),
            "captured": display(sum((line.captured_amount for line in lines), Decimal(0))),
            "released": display(sum((line.released_amount for line in lines), Decimal(0))),
            "delivered": sum(line.delivered for line in lines),
        },
        actor=ACTOR,
    )


def orders_of_purchase(purchase_id: uuid.UUID) -> set[uuid.UUID]:
    """Return the orders that have lines in a purchase."""
    return set(OrderItem.objects.filter(purchase=purchase_id).values_list("order_id", flat=True))
