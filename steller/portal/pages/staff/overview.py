"""The first page after log-in: what is sold and earned a day, what waits, what failed, how the supplier is used."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bamboo.budgets import Budget
from catalog import queries as catalog
from orders.queries import overview as figures
from orders.queries.overview import Day
from steller.portal.pages.access import is_part
from steller.portal.pages.staff.access import ANY_STAFF, Colleague, staff_page
from steller.portal.spending import Chart
from wallets import queries as wallets

_DAYS = 30


@require_safe
@staff_page(ANY_STAFF)
def overview(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Show the day at a glance, as far as the roles allow; who runs the catalog sees how its last runs went."""
    context: dict[str, Any] = {"colleague": colleague}
    if colleague.may("wallets.view_topup"):
        context["to_approve"] = _waiting(wallets.all_top_ups()) + _waiting(wallets.all_adjustments())
    if colleague.may("orders.view_report"):
        seen = figures.overview(mode=colleague.mode, days=_DAYS)
        context |= {"seen": seen, "failed_today": sum(row.lines for row in seen.failures_today)}
        if is_part(request, "now"):
            return render(request, "portal/staff/overview_now.html", context)
        currencies = sorted({day.currency for day in seen.days})
        wanted = request.GET.get("currency", "")
        currency = wanted if wanted in currencies else max(currencies, key=_revenue(seen.days), default="USD")
        context |= {
            "currencies": currencies,
            "charts": _charts(currency, [day for day in seen.days if day.currency == currency]),
            "budgets": [(each, _used(each)) for each in seen.budgets],
        }
    if colleague.may("catalog.view_syncrun"):
        context["run"] = catalog.sync_runs().order_by("-pk").first()
    return render(request, "portal/staff/overview.html", context)


def _waiting(requests: Any) -> int:
    return int(requests.filter(status="pending").count())


def _revenue(days: Sequence[Day]) -> Any:
    return lambda currency: sum((day.revenue for day in days if day.currency == currency), Decimal(0))


def _charts(currency: str, days: Sequence[Day]) -> dict[str, Chart]:
    """Draw revenue, margin and orders; a day whose cost nobody knows counts as one without margin."""
    drawn = days or [Day(day, currency, 0, 0, Decimal(0), Decimal(0)) for day, _amount in Chart.nothing(currency).days]
    return {
        "revenue": Chart(currency, [(day.day, day.revenue) for day in drawn]),
        "margin": Chart(currency, [(day.day, day.margin or Decimal(0)) for day in drawn]),
        "orders": Chart(_("orders"), [(day.day, Decimal(day.orders)) for day in drawn], counts=True),
    }


def _used(budget: Budget) -> int | None:
    """Return how many percent of a budget are used, where a log of calls is kept."""
    return None if budget.used is None else min(100, round(100 * budget.used / budget.calls))
