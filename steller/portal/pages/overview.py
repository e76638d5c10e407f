"""The first page after log-in, and the wallet's entries."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from orders import queries as orders
from orders.states import OrderStatus
from steller.errors import NotFoundError
from steller.portal.pages.access import Person, partner_page
from wallets import queries as wallets

PAGE_SIZE = 25
_LATEST = 8
_RECENT = timedelta(days=7)


@require_safe
@partner_page
def overview(request: HttpRequest, person: Person) -> HttpResponse:
    """Show what may be spent, how the week went, and the latest orders."""
    own = orders.orders_of(partner_id=person.partner_id, mode=person.mode)
    week = own.filter(created_at__gte=timezone.now() - _RECENT).aggregate(
        all=Count("pk"),
        succeeded=Count("pk", filter=Q(status=OrderStatus.SUCCEEDED)),
        open=Count("pk", filter=Q(status__in=[OrderStatus.CREATED, OrderStatus.PROCESSING])),
        failed=Count("pk", filter=Q(status__in=[OrderStatus.FAILED, OrderStatus.PARTIALLY_FAILED])),
    )
    context: dict[str, Any] = {
        "person": person,
        "wallets": wallets.wallets_of(partner_id=person.partner_id, mode=person.mode),
        "week": week,
        "orders": own.order_by("-created_at", "-pk")[:_LATEST],
    }
    return render(request, "portal/overview.html", context)


@require_safe
@partner_page
def wallet(request: HttpRequest, person: Person, wallet_id: int) -> HttpResponse:
    """Show a wallet's entries, the newest first."""
    try:
        entries = wallets.entries_of(wallet_id, partner_id=person.partner_id, mode=person.mode)
    except NotFoundError as error:
        raise Http404 from error
    found = wallets.wallets_of(partner_id=person.partner_id, mode=person.mode).get(pk=wallet_id)
    page = Paginator(entries.order_by("-version"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "portal/wallet.html", {"person": person, "wallet": found, "page": page})
