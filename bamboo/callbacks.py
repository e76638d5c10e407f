"""What came of genuine callbacks: which were taken already, and which products they say have changed."""

from collections.abc import Collection
from datetime import timedelta

from django_subatomic.db import transaction_required

from bamboo.models import ProductHint, ReceivedCallback
from steller import database

REMEMBERED = timedelta(days=1)
# Beyond that the next synchronisation reads them all, and sooner.
MOST_HINTS = 500


@transaction_required
def take(key: str) -> bool:
    """Remember a callback; False when it was taken before."""
    ReceivedCallback.objects.filter(received_at__lt=database.now() - REMEMBERED).delete()
    _, is_new = ReceivedCallback.objects.get_or_create(key=key)
    return is_new


@transaction_required
def hint_products(supplier_ids: Collection[int]) -> None:
    """Have the catalog read these products soon."""
    room = max(MOST_HINTS - ProductHint.objects.count(), 0)
    ProductHint.objects.bulk_create(
        [ProductHint(supplier_id=each) for each in sorted(supplier_ids)[:room]],
        update_conflicts=True,
        unique_fields=["supplier_id"],
        update_fields=["hinted_at"],
    )
