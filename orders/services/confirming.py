"""The e-mail that confirms an order which a person placed; a program has its answer 202."""

from collections.abc import Sequence

import structlog
from django_subatomic.db import savepoint, transaction_required

from orders.models import Order, OrderItem
from partners import services as partners
from partners.models import NotificationKind
from steller.database import Mode
from steller.money import display

ACTOR = "system:mail"
_log = structlog.get_logger(__name__)


@transaction_required
def confirm(order: Order, items: Sequence[OrderItem]) -> None:
    """Write the confirmation of an order just stored, if its partner wants it. No order fails for want of a mail."""
    if order.mode != Mode.LIVE:
        return
    try:
        with savepoint():
            partners.notify(
                partner_id=order.partner_id,
                kind=NotificationKind.ORDER_CONFIRMATION,
                context=_facts(order, items),
                actor=ACTOR,
                person=order.created_by,
            )
    except Exception:  # noqa: BLE001 - whatever ails the mail, the order stands
        _log.exception("order_not_confirmed", order_id=str(order.pk))


def _facts(order: Order, items: Sequence[OrderItem]) -> dict[str, object]:
    return {
        "order_id": str(order.pk),
        "number": order.number,
        "reference": order.reference,
        "currency": order.currency,
        "sale_total": display(order.sale_total),
        "lines": [
            {
                "name": item.product_name,
                "quantity": item.quantity,
                "face_value": f"{display(item.face_value)} {item.currency}",
                "amount": display(item.sale_amount),
            }
            for item in items
        ],
    }
