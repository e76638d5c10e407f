"""The supplier's limit per product: a sliding log of the sends that still count.

Each send takes one slot of every product in it before it leaves. The slot is busy for as long as the supplier
could count the send: from its latest possible arrival, a full window and a second more.
"""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection

from bamboo import limits
from orders.models import ProductSlot
from steller import database

_MARGIN_SECONDS = 1.0
# The third and later sends in a window also keep a sixth of it between them, so that a burst of parts never
# uses up the minute of a popular product.
_FREE_SENDS = 2
_SPREAD = 6.0
_KEPT = timedelta(minutes=10)

# For `FROM product CROSS JOIN LATERAL {BUSY} AS slot WHERE {IS_OPEN}`, with `parameters()`.
BUSY = """
    (SELECT count(*) AS busy, max(sent_at) AS last FROM orders_productslot
     WHERE product_id = product.product_id AND mode = %(mode)s AND busy_until > clock_timestamp())
"""
IS_OPEN = f"""
    slot.busy < %(slot_calls)s
    AND (slot.busy < {_FREE_SENDS} OR slot.last <= clock_timestamp() - %(slot_spread)s * interval '1 second')
"""
_ALL_OPEN = f"""
SELECT NOT EXISTS (
    SELECT FROM unnest(%(products)s::bigint[]) AS product(product_id)
    CROSS JOIN LATERAL {BUSY} AS slot WHERE NOT ({IS_OPEN})
)
"""


def parameters(mode: str) -> dict[str, str | int | float]:
    """Fill in `BUSY` and `IS_OPEN`; lifted limits leave every product open."""
    limit = limits.product_limit()
    if limit is None:
        return {"mode": mode, "slot_calls": 2**31 - 1, "slot_spread": 0.0}
    return {"mode": mode, "slot_calls": limit.calls, "slot_spread": limit.seconds / _SPREAD}


def all_open(product_ids: Collection[int], *, mode: str) -> bool:
    """Tell whether one send of all these products would keep every limit."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL_OPEN, {"products": sorted(product_ids), **parameters(mode)})
        row = cursor.fetchone()
    return bool(row[0])


def take(product_ids: Collection[int], *, mode: str, token: uuid.UUID, at: datetime, call: float) -> None:
    """Take a slot of each product for a send that leaves at about `at` and is over `call` seconds later."""
    limit = limits.product_limit()
    if limit is None:
        return
    busy_until = at + timedelta(seconds=call + limit.seconds + _MARGIN_SECONDS)
    ProductSlot.objects.bulk_create(
        ProductSlot(product_id=product_id, mode=mode, token=token, sent_at=at, busy_until=busy_until)
        for product_id in sorted(product_ids)
    )


def answered(token: uuid.UUID, *, at: datetime) -> None:
    """Count a send from its answer at `at`: the supplier cannot have counted it any later."""
    limit = limits.product_limit()
    if limit is None:
        return
    busy_until = at + timedelta(seconds=limit.seconds + _MARGIN_SECONDS)
    ProductSlot.objects.filter(token=token, busy_until__gt=busy_until).update(busy_until=busy_until)


def never_sent(token: uuid.UUID) -> None:
    """Give back the slots of a send that did not leave."""
    ProductSlot.objects.filter(token=token).delete()


def forget_old() -> None:
    """Delete the slots that have long stopped to count."""
    ProductSlot.objects.filter(busy_until__lt=database.now() - _KEPT).delete()
