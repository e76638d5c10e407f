"""Taking back what nobody has bought yet: on the partner's wish, or while the partner is suspended."""

import uuid
from decimal import Decimal

from django.db.models import Q, QuerySet
from django_subatomic.db import durable, transaction

from orders.models import Order, OrderItem
from orders.services import settlement
from orders.services.answers import CANCELLED
from orders.services.suspending import PARTNER_SUSPENDED
from orders.states import FINAL_ORDERS, LineStatus
from partners import queries as partners
from partners import services as partner_services
from steller import database
from steller.errors import NotCancellableError, NotFoundError
from wallets import services as wallets

_CANCELLABLE = frozenset({LineStatus.WAITING, LineStatus.ON_HOLD})


@durable
def cancel_order(*, partner_id: int | None, order_id: uuid.UUID, actor: str, reason: str = "") -> Order:
    """Cancel the lines that nobody has bought yet and give their money back.

    Lines that are at the supplier settle as usual; one that comes back from there is cancelled then. Staff pass
    no partner.

    Raises:
        NotCancellableError: every line is at the supplier or settled.
        NotFoundError: no such order of this partner.

    """
    with transaction():
        lines = list(OrderItem.objects.select_for_update(no_key=True).filter(order=order_id).order_by("pk"))
        order = Order.objects.select_for_update().filter(pk=order_id).first()
        if order is None or partner_id not in {None, order.partner_id}:
            raise NotFoundError("No such order.")
        taken = [line for line in lines if line.status in _CANCELLABLE]
        if order.status in FINAL_ORDERS or not taken:
            raise NotCancellableError("Every card of this order is bought or being bought.")
        at = database.now()
        for line in taken:
            line.error = CANCELLED
            settlement.close_line(line, at=at)
        OrderItem.objects.bulk_update(taken, ["status", "error", "released_amount", "settled_at"])
        order.cancel_requested_at = at
        order.save(update_fields=["cancel_requested_at"])
        if settlement.update_order(order, lines, at=at, actor=actor):
            settlement.announce(order, lines)
        partner_services.record_audit(
            action="order.cancel",
            subject=f"order:{order.pk}",
            actor=actor,
            partner_id=order.partner_id,
            reason=reason,
        )
        wallets.settle(
            captured={line.hold_reference: Decimal(0) for line in taken},
            actor=actor,
            reason=f"order {order.number} cancelled",
        )
    return order


@durable
def hold_suspended() -> int:
    """Put waiting lines of suspended partners on hold, and let those go on whose suspension was lifted."""
    suspended = partners.all_suspended()
    waiting = Q(status=LineStatus.WAITING, partner__in=suspended)
    freed = Q(status=LineStatus.ON_HOLD, on_hold_reason=PARTNER_SUSPENDED) & ~Q(partner__in=suspended)
    with transaction():
        count = _locked(waiting).update(status=LineStatus.ON_HOLD, on_hold_reason=PARTNER_SUSPENDED)
        return count + _locked(freed).update(status=LineStatus.WAITING, on_hold_reason="")


def _locked(chosen: Q) -> QuerySet[OrderItem]:
    """Lock lines in the order that everybody keeps; one that somebody holds is left for the next time."""
    lines = OrderItem.objects.select_for_update(no_key=True, skip_locked=True).filter(chosen).order_by("pk")
    return OrderItem.objects.filter(pk__in=list(lines.values_list("pk", flat=True)))
