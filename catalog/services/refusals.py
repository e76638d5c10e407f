"""Products that the supplier refused though its catalog offered them."""

from collections.abc import Collection

from django.utils import timezone
from django_subatomic.db import transaction_if_not_already

from catalog.models import Product
from catalog.services.revisions import note_change


@transaction_if_not_already
def mark_refused(product_ids: Collection[int]) -> int:
    """Show products as out of stock until a later sync offers them again; return how many were not yet."""
    now = timezone.now()
    rows = Product.objects.filter(pk__in=product_ids, refused_at=None)
    marked = rows.update(refused_at=now, updated_at=now, updated_by="system:refusal")
    if marked:
        note_change()
    return marked
