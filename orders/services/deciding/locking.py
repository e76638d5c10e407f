"""The rows that a decision is about, locked in the order that everybody keeps: purchase, lines by id, order."""

import uuid

from django_subatomic.db import transaction_required

from orders.models import Order, OrderItem, Purchase
from steller.errors import NotFoundError


@transaction_required
def locked_purchase(purchase_id: uuid.UUID) -> Purchase:
    """Lock a purchase.

    Raises:
        NotFoundError: no such purchase.

    """
    purchase = Purchase.objects.select_for_update().filter(pk=purchase_id).first()
    if purchase is None:
        raise NotFoundError("No such purchase.")
    return purchase


@transaction_required
def locked_line(line_id: uuid.UUID) -> tuple[Order, list[OrderItem], OrderItem]:
    """Lock all lines of the line's order, then the order; return the order, its lines, and the line among them.

    Raises:
        NotFoundError: no such line.

    """
    order_id = OrderItem.objects.filter(pk=line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFoundError("No such line.")
    lines = list(OrderItem.objects.select_for_update(no_key=True).filter(order=order_id).order_by("pk"))
    order = Order.objects.select_for_update().get(pk=order_id)
    return order, lines, next(line for line in lines if line.pk == line_id)
