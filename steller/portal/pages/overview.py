"""The first page after log-in: what may be spent and how long it lasts, how orders went, what was spent, the latest."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from orders import queries as orders
from orders.states import FINAL_ORDERS, OrderStatus
from partners.queries import Scope
from steller.portal.pages.access import Person, is_part, partner_page
from steller.portal.spending import DAYS, Spending, spending_of
from wallets import queries as wallets

_LATEST = 6


@require_safe
@partner_page(Scope.ORDER_READ)
def overview(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the day at a glance."""
    own = orders.orders_of(partner_id=person.partner_id, mode=person.mode)
    latest = list(own.order_by("-created_at", "-pk")[:_LATEST])
    context: dict[str, Any] = {
        "person": person,
        "page": latest,
        "any_open": any(order.status not in FINAL_ORDERS for order in latest),
    }
    if is_part(request, "orders"):
        return render(request, "portal/orders_table.html", context)
    spending = spending_of(partner_id=person.partner_id, mode=person.mode)
    purses = list(wallets.wallets_of(partner_id=person.partner_id, mode=person.mode).order_by("pk"))
    chosen = request.GET.get("currency") or max(
        (wallet.currency_id for wallet in purses), key=spending.a_day, default=""
    )
    context |= {
        "wallets": [_purse(wallet, spending) for wallet in purses],
        "figures": _figures(own),
        "is_new": not latest,
        "chart": spending.chart(chosen[:3]) if purses else None,
        "currencies": [wallet.currency_id for wallet in purses],
    }
    return render(request, "portal/overview.html", context)


def _figures(own: Any) -> dict[str, Any]:
    today = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    counted: dict[str, Any] = own.filter(created_at__gte=today - timedelta(days=DAYS - 1)).aggregate(
        today=Count("pk", filter=Q(created_at__gte=today)),
        final=Count("pk", filter=Q(status__in=FINAL_ORDERS) & ~Q(status=OrderStatus.CANCELLED)),
        succeeded=Count("pk", filter=Q(status=OrderStatus.SUCCEEDED)),
        open=Count("pk", filter=~Q(status__in=FINAL_ORDERS)),
        missing=Count("pk", filter=Q(status__in=[OrderStatus.FAILED, OrderStatus.PARTIALLY_FAILED])),
    )
    return counted | {"success": counted["succeeded"] / counted["final"] if counted["final"] else None}


def _purse(wallet: Any, spending: Spending) -> dict[str, Any]:
    state = {"available": wallet.available, "currency": wallet.currency_id}
    below = wallet.low_balance_threshold is not None and wallet.available < wallet.low_balance_threshold
    return {
        "wallet": wallet,
        "a_day": spending.a_day(wallet.currency_id),
        "days_left": spending.days_left(**state),
        "is_low": below or spending.is_running_low(**state),
    }
