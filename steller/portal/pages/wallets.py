"""Wallets: balances, and every move of money with what caused it."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders import queries as orders
from partners.queries import Scope
from steller.errors import NotFoundError
from steller.portal.pages.access import Person, partner_page
from steller.portal.pages.orders import read_day
from steller.portal.pages.tables import as_csv
from steller.portal.spending import spending_of
from wallets import queries as wallets

PAGE_SIZE = 25
_READ_AT_ONCE = 1000
_KINDS = ("top_up", "hold", "capture", "release", "refund", "adjustment")
_CSV_COLUMNS = (
    "version",
    "created_at",
    "kind",
    "available_delta",
    "held_delta",
    "available_after",
    "held_after",
    "reference",
    "reason",
)


@require_safe
@partner_page(Scope.WALLET_READ)
def wallet_list(request: HttpRequest, person: Person) -> HttpResponse:
    """Show each wallet, and how long it lasts."""
    spending = spending_of(partner_id=person.partner_id, mode=person.mode)
    own = wallets.wallets_of(partner_id=person.partner_id, mode=person.mode).select_related("currency").order_by("pk")
    rows = [
        {
            "wallet": wallet,
            "a_day": spending.a_day(wallet.currency_id),
            "days_left": spending.days_left(available=wallet.available, currency=wallet.currency_id),
            "is_low": spending.is_running_low(available=wallet.available, currency=wallet.currency_id),
        }
        for wallet in own
    ]
    return render(request, "portal/wallets.html", {"person": person, "rows": rows})


@require_safe
@partner_page(Scope.WALLET_READ)
def wallet(request: HttpRequest, person: Person, wallet_id: int) -> HttpResponseBase:
    """Show a wallet's entries, the newest first, by kind and day, as a page or as CSV."""
    try:
        entries = wallets.entries_of(wallet_id, partner_id=person.partner_id, mode=person.mode)
    except NotFoundError as error:
        raise Http404 from error
    found = wallets.wallets_of(partner_id=person.partner_id, mode=person.mode).get(pk=wallet_id)
    wanted = {name: request.GET.get(name, "").strip() for name in ("kind", "from", "to")}
    entries = _filtered(entries, wanted).order_by("-version")
    if request.GET.get("format") == "csv":
        rows = entries.values_list(*_CSV_COLUMNS).iterator(chunk_size=_READ_AT_ONCE)
        return as_csv(f"wallet-{found.currency_id}.csv", _CSV_COLUMNS, rows)
    page = Paginator(entries, PAGE_SIZE).get_page(request.GET.get("page"))
    causes = orders.orders_of_holds((entry.reference for entry in page), partner_id=person.partner_id)
    context = {
        "person": person,
        "wallet": found,
        "page": page,
        "rows": [(entry, causes.get(entry.reference)) for entry in page],
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "kinds": _KINDS,
    }
    return render(request, "portal/wallet.html", context)


def _filtered(entries: Any, wanted: dict[str, str]) -> Any:
    if wanted["kind"] in _KINDS:
        entries = entries.filter(kind=wanted["kind"])
    if (first := read_day(wanted["from"])) is not None:
        entries = entries.filter(created_at__gte=first)
    if (last := read_day(wanted["to"])) is not None:
        entries = entries.filter(created_at__lt=last + timedelta(days=1))
    return entries
