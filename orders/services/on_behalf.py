"""Orders that our staff place: for a partner, or again for what failed. Each says why, in the order's transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from django.db import IntegrityError
from django_subatomic.db import savepoint

from catalog.queries import LineRequest
from orders import queries
from orders.models import Order, OrderItem, OrderType
from orders.services import placement, reasons
from orders.services.placement import OrderRequest, Placed
from orders.states import LineStatus, OrderStatus
from partners import services as partners
from partners.models import Partner
from steller.errors import NotFoundError, RequestIdReusedError, StateConflictError
from steller.money import display

_RETRIED = frozenset({OrderStatus.FAILED, OrderStatus.PARTIALLY_FAILED})
_FAILED_LINES = frozenset({LineStatus.FAILED, LineStatus.PARTIALLY_DELIVERED})


@dataclass(frozen=True, slots=True)
class _Deed:
    """What staff do when they place an order; goes to the audit log with it."""

    action: str
    actor: str
    reason: str
    retry_of: uuid.UUID | None = None


def place_for_partner(*, partner_id: int, mode: str, request: OrderRequest, actor: str, reason: str) -> Placed:
    """Place an order for a partner, who pays for it; the same `request_id` twice is one order.

    Raises:
        DomainError: what the partner itself would be refused; nothing was stored and nothing is held.
        NotFoundError: no such partner.

    """
    if not Partner.objects.filter(pk=partner_id, deleted_at=None).exists():
        raise NotFoundError("No such partner.")
    deed = _Deed("order.place", actor, reasons.checked(reason))
    return _place(partner_id, mode, request, deed)


def retry_order(
    *,
    order_id: uuid.UUID,
    request_id: uuid.UUID,
    actor: str,
    reason: str,
    expected_total: Decimal | None = None,
) -> Placed:
    """Order again what an order failed to deliver: a new order at today's price, once while the retry lives.

    Raises:
        DomainError: what the partner itself would be refused.
        NotFoundError: no such order.
        RequestIdReusedError: the id belongs to another order.
        StateConflictError: the order is still open, nothing of it failed, or it was retried before.

    """
    why = reasons.checked(reason)
    order = queries.any_order(order_id)
    lines = _failed_part(order)
    request = OrderRequest(
        request_id=request_id,
        currency=order.currency,
        lines=tuple(lines),
        expected_total=expected_total,
        reference=order.reference,
        wallet_id=order.wallet_id,
    )
    placed = _place(order.partner_id, order.mode, request, _Deed("order.retry", actor, why, retry_of=order_id))
    if placed.order.retry_of_id != order_id:
        raise RequestIdReusedError("This request id belongs to an order that is no retry of this one.")
    return placed


def _failed_part(order: Order) -> Sequence[LineRequest]:
    if order.status not in _RETRIED:
        raise StateConflictError("Only what has failed for good is ordered again.")
    lines = OrderItem.objects.filter(order=order, status__in=_FAILED_LINES).order_by("position")
    return [LineRequest(line.product_id, line.face_value, line.quantity - line.delivered) for line in lines]


def _place(partner_id: int, mode: str, request: OrderRequest, deed: _Deed) -> Placed:
    return placement.place_order(
        partner_id=partner_id,
        mode=mode,
        request=request,
        actor=deed.actor,
        type=OrderType.STAFF,
        within=partial(_sign, deed),
    )


def _sign(deed: _Deed, order: Order) -> None:
    if deed.retry_of is not None:
        _link(order, deed.retry_of)
    partners.record_audit(
        action=deed.action,
        subject=f"order:{order.pk}",
        actor=deed.actor,
        partner_id=order.partner_id,
        reason=deed.reason,
        after={
            "request_id": str(order.request_id),
            "sale_total": display(order.sale_total),
            "currency": order.currency,
            **({"retry_of": str(deed.retry_of)} if deed.retry_of else {}),
        },
    )


def _link(order: Order, retried: uuid.UUID) -> None:
    """Tie the retry to its order; of two at once the constraint `one_living_retry_per_order` lets one through."""
    order.retry_of_id = retried
    try:
        with savepoint():
            Order.objects.filter(pk=order.pk).update(retry_of=retried)
    except IntegrityError as error:
        raise StateConflictError("It was ordered again before; look at that order.") from error
