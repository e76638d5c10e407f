"""Uploaded files: their rows, and how far the orders are that came of them."""

from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from orders.models import BulkOrder, BulkPart, BulkRow, OrderItem
from steller.errors import NotFoundError


def bulk_orders_of(*, partner_id: int, mode: str) -> QuerySet[BulkOrder]:
    """Return a partner's uploaded files, the newest first."""
    return BulkOrder.objects.filter(partner=partner_id, mode=mode)


def bulk_order_of(bulk_id: UUID, *, partner_id: int, mode: str) -> BulkOrder:
    """Return one file of a partner.

    Raises:
        NotFoundError: no such file, or another partner's.

    """
    bulk = bulk_orders_of(partner_id=partner_id, mode=mode).filter(pk=bulk_id).first()
    if bulk is None:
        raise NotFoundError("No such file.")
    return bulk


def bulk_rows(bulk_id: UUID) -> QuerySet[BulkRow]:
    """Return the rows of a file with what became of them."""
    return BulkRow.objects.filter(bulk=bulk_id).select_related("part__order", "product__brand").order_by("number")


def bulk_parts(bulk_id: UUID) -> QuerySet[BulkPart]:
    """Return the orders of a file: each with how many cards it has and how many are here."""
    return (
        BulkPart.objects.filter(bulk=bulk_id)
        .select_related("order")
        .annotate(
            delivered=Coalesce(
                Subquery(
                    OrderItem.objects.filter(order=OuterRef("order"))
                    .order_by()
                    .values("order")
                    .annotate(sum=Sum("delivered"))
                    .values("sum")
                ),
                0,
            ),
            cards=Sum("rows__quantity"),
            row_count=Count("rows"),
        )
        .order_by("position")
    )
