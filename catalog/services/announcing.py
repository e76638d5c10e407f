"""Telling partners that products have changed: one event for each that asked, however many products it were."""

from datetime import datetime

from django.db.models import Q
from django_subatomic.db import durable, transaction

from catalog.models import Product
from catalog.queries.visibility import visible
from partners import queries as partner_queries
from partners import services as partners

KIND = "product.changed"
# A partner that sees an incomplete list reads the catalog anew.
MOST_IDS = 500
_ACTOR = "system:sync"


@durable
def announce_changes(*, since: datetime) -> int:
    """Tell what changed since then to the partners whose webhook endpoints take it; the answer is how many events.

    A partner is told of what it may see.
    """
    subscribers = partner_queries.subscribers(KIND)
    changed = _changed(since) if subscribers else []
    if not changed:
        return 0
    count = 0
    with transaction():
        for partner_id, mode in subscribers:
            seen = visible(Product.objects.filter(pk__in=changed), partner_id=partner_id).order_by("pk")
            ids = list(seen.values_list("pk", flat=True)[: MOST_IDS + 1])
            if ids:
                body: dict[str, object] = {"product_ids": ids[:MOST_IDS], "complete": len(ids) <= MOST_IDS}
                partners.record_event(partner_id=partner_id, mode=mode, kind=KIND, body=body, actor=_ACTOR)
                count += 1
    return count


def _changed(since: datetime) -> list[int]:
    rows = Product.objects.filter(Q(updated_at__gte=since) | Q(prices__since__gte=since) | Q(prices__until__gte=since))
    return list(rows.order_by("pk").distinct().values_list("pk", flat=True))
