"""Taking the supplier's hints: an order that is said to be final is read now instead of later, and nothing else.

A hint moves no money and no state. Whoever could forge one would cost us a read.
"""

import uuid

from django.db.models import Q, QuerySet
from django_subatomic.db import durable, transaction

from bamboo import callbacks
from bamboo.webhooks import Hint
from orders.models import Purchase
from orders.states import PurchaseStatus
from steller import database

_READABLE = [PurchaseStatus.PLACING, PurchaseStatus.UNKNOWN, PurchaseStatus.PLACED]


@durable
def take_hint(hint: Hint) -> None:
    """Have what a genuine callback names looked at soon; one that came before, or of nothing we know, does nothing."""
    with transaction():
        if not _is_about_something(hint) or not callbacks.take(hint.key):
            return
        if hint.request_id is not None:
            now = database.now()
            _open(hint.request_id).filter(Q(next_check_at__gt=now) | Q(next_check_at=None)).update(next_check_at=now)
        if hint.product_ids:
            callbacks.hint_products(hint.product_ids)


def _is_about_something(hint: Hint) -> bool:
    return bool(hint.product_ids) or (hint.request_id is not None and _open(hint.request_id).exists())


def _open(request_id: uuid.UUID) -> QuerySet[Purchase]:
    return Purchase.objects.filter(supplier_request_id=request_id, status__in=_READABLE, frozen_at__isnull=True)
