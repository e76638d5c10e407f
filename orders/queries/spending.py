"""What a partner's orders cost, and which order a move of money belongs to."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum
from django.db.models.functions import TruncDate

from orders.models import Order, OrderItem


def spending(*, partner_id: int, mode: str, since: datetime) -> Sequence[tuple[date, str, Decimal]]:
    """Return what a partner's orders cost a day, by currency: what is held or was captured, nothing that came back."""
    cost = Sum(F("sale_amount") - F("released_amount"))
    lines = OrderItem.objects.filter(order__partner=partner_id, order__mode=mode, order__created_at__gte=since)
    days = lines.order_by().values_list(TruncDate("order__created_at"), "order__currency")
    return list(days.annotate(cost=cost))


def orders_of_holds(references: Iterable[str], *, partner_id: int) -> dict[str, Order]:
    """Return the orders that the ledger's references (`line:ID`, and what follows them) stand for. One query."""
    named = {reference: line for reference in references if (line := _line_of(reference)) is not None}
    lines = OrderItem.objects.filter(pk__in=set(named.values()), partner=partner_id).select_related("order")
    by_id = {line.pk: line.order for line in lines}
    return {reference: by_id[line] for reference, line in named.items() if line in by_id}


def _line_of(reference: str) -> UUID | None:
    kind, _, number = reference.partition(":")
    try:
        return UUID(number.split("#")[0].split("/")[0]) if kind == "line" else None
    except ValueError:
        return None
