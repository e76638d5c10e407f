"""Reading single products again that the supplier says have changed, so that they need not wait for the next sync."""

import structlog
from django.utils import timezone
from django_subatomic.db import durable, transaction

from bamboo import limits
from bamboo.client import BambooClient
from bamboo.errors import BambooError
from bamboo.models import ProductHint
from catalog.services import announcing, storing
from catalog.services.reading import Walk
from catalog.services.storing import SyncCounts
from steller import database

# Each read takes a slot of the catalog's limit: what is left is read by the next run, or by the next sync.
MOST_AT_ONCE = 5
_PATIENCE_SECONDS = 15.0
_log = structlog.get_logger(__name__)


@durable
def refresh_hinted(client: BambooClient, *, mode: str) -> int:
    """Read the products that have waited for longest; the answer is how many. None while a synchronisation runs."""
    # The lock of the synchronisation: both store products, and would wait for each other's rows.
    with database.alone("catalog.sync") as free:
        hints = list(ProductHint.objects.order_by("hinted_at", "pk")[:MOST_AT_ONCE]) if free else []
        began = timezone.now()
        count = 0
        for hint in hints:
            if not _refresh(client, hint, mode=mode):
                break
            count += 1
        if count:
            announcing.announce_changes(since=began)
    return count


def _refresh(client: BambooClient, hint: ProductHint, *, mode: str) -> bool:
    asked_at = timezone.now()
    try:
        with limits.call("catalog_v2", mode=mode, max_wait=_PATIENCE_SECONDS):
            page = client.catalog_page(page_index=0, product_id=hint.supplier_id)
    except BambooError as error:
        _log.warning("product_not_refreshed", product=hint.supplier_id, error_code=error.code)
        return False
    rows = Walk().take(page)
    with transaction():
        storing.store_page(rows, counts=SyncCounts(), asked_at=asked_at)
        # One that was named again since stays for the next run.
        ProductHint.objects.filter(pk=hint.pk, hinted_at=hint.hinted_at).delete()
    return True
