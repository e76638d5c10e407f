"""Products that the supplier refused though its catalog offered them."""

from collections.abc import Collection

from django.utils import timezone

from catalog.models import Product


def mark_refused(product_ids: Collection[int]) -> int:
    """Show products as out of stock until a later sync offers them again; return how many were not yet."""
    now = timezone.now()
    rows = Product.objects.filter(pk__in=product_ids, refused_at=None)
    return rows.update(refused_at=now, updated_at=now, updated_by="system:refusal")
