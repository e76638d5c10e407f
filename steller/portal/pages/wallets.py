"""Wallets: balances, every move of money with what caused it, months, top-ups, and when to be warned."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders import queries as orders
from partners.queries import Scope
from steller.errors import DomainError, InvalidRequestError, NotFoundError
from steller.portal.pages.access import Person, partner_page
from steller.portal.pages.orders import read_day
from steller.portal.pages.tables import as_csv
from steller.portal.spending import spending_of
from wallets import queries as wallets
from wallets import services
from wallets.queries import EntryFilters, Month

PAGE_SIZE = 25
_READ_AT_ONCE = 1000
_TOP_UPS_SHOWN = 5
_MONTHS_SHOWN = 12
_DECEMBER = 12
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


class TopUpForm(forms.Form):
    """What a partner tells of a payment that it has made."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=Decimal("0.0001"), max_digits=18, decimal_places=4
    )
    reference = forms.CharField(
        label=gettext_lazy("Payment reference"),
        max_length=64,
        help_text=gettext_lazy("As it stands on your bank transfer. The same reference is the same payment."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


class ThresholdForm(forms.Form):
    """The balance below which the partner is warned; empty for no warning."""

    threshold = forms.DecimalField(
        label=gettext_lazy("Warn below"),
        min_value=Decimal("0.0001"),
        max_digits=18,
        decimal_places=4,
        required=False,
        help_text=gettext_lazy("We send an e-mail once, each time the balance falls below this. Empty: no warning."),
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
    found = _wallet(person, wallet_id)
    if request.GET.get("format") == "csv":
        entries, _wanted = _entries(request, found)
        rows = entries.values_list(*_CSV_COLUMNS).iterator(chunk_size=_READ_AT_ONCE)
        return as_csv(f"wallet-{found.currency_id}.csv", _CSV_COLUMNS, rows)
    threshold = {"threshold": found.low_balance_threshold}
    return _show(request, person, found, TopUpForm(), ThresholdForm(initial=threshold))


@require_POST
@partner_page(Scope.WALLET_WRITE)
def top_up(request: HttpRequest, person: Person, wallet_id: int) -> HttpResponseBase:
    """Tell our staff of a payment; it is in the wallet once they have approved it."""
    found = _wallet(person, wallet_id)
    form = TopUpForm(request.POST)
    if form.is_valid():
        try:
            services.request_top_up(
                partner_id=person.partner_id,
                mode=person.mode,
                wallet_id=wallet_id,
                actor=person.actor,
                **form.cleaned_data,
            )
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Thank you. The amount is in your wallet as soon as we have seen the payment."))
            return redirect("wallet-page", wallet_id=wallet_id)
    return _show(request, person, found, form, ThresholdForm(initial={"threshold": found.low_balance_threshold}))


@require_POST
@partner_page(Scope.WALLET_WRITE)
def threshold(request: HttpRequest, person: Person, wallet_id: int) -> HttpResponseBase:
    """Set or clear the balance below which the partner is warned."""
    found = _wallet(person, wallet_id)
    form = ThresholdForm(request.POST)
    if form.is_valid():
        services.set_threshold(
            wallet_id=wallet_id,
            threshold=form.cleaned_data["threshold"],
            partner_id=person.partner_id,
            mode=person.mode,
            actor=person.actor,
        )
        messages.success(request, _("Saved."))
        return redirect("wallet-page", wallet_id=wallet_id)
    return _show(request, person, found, TopUpForm(), form)


@require_safe
@partner_page(Scope.WALLET_READ)
def statement(request: HttpRequest, person: Person, wallet_id: int) -> HttpResponseBase:
    """Show a month: what was there, what moved by kind, what is left; as CSV with every entry."""
    found = _wallet(person, wallet_id)
    try:
        shown = wallets.statement_of(found, Month.parse(request.GET.get("month") or f"{timezone.localdate():%Y-%m}"))
    except InvalidRequestError as error:
        raise Http404 from error
    if request.GET.get("format") == "csv":
        rows = shown.entries.order_by("version").values_list(*_CSV_COLUMNS).iterator(chunk_size=_READ_AT_ONCE)
        return as_csv(f"statement-{found.currency_id}-{shown.month}.csv", _CSV_COLUMNS, rows)
    context = {"person": person, "wallet": found, "statement": shown, "months": _months()}
    return render(request, "portal/statement.html", context)


def _show(
    request: HttpRequest, person: Person, found: Any, top_up_form: TopUpForm, threshold_form: ThresholdForm
) -> HttpResponse:
    entries, wanted = _entries(request, found)
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
        "top_up_form": top_up_form,
        "threshold_form": threshold_form,
        "top_ups": wallets.top_ups_of(found).order_by("-pk")[:_TOP_UPS_SHOWN],
    }
    is_refused = top_up_form.errors or threshold_form.errors
    return render(request, "portal/wallet.html", context, status=422 if is_refused else 200)


def _wallet(person: Person, wallet_id: int) -> Any:
    try:
        return wallets.wallet_of(wallet_id, partner_id=person.partner_id, mode=person.mode)
    except NotFoundError as error:
        raise Http404 from error


def _entries(request: HttpRequest, found: Any) -> tuple[Any, dict[str, str]]:
    wanted = {name: request.GET.get(name, "").strip() for name in ("kind", "from", "to")}
    last = read_day(wanted["to"])
    filters = EntryFilters(
        kind=wanted["kind"] if wanted["kind"] in _KINDS else None,
        created_after=read_day(wanted["from"]),
        created_before=None if last is None else last + timedelta(days=1),
    )
    return wallets.matching(found, filters).order_by("-version"), wanted


def _months() -> list[Month]:
    """Return the last twelve months, this one first."""
    today = timezone.localdate()
    count = today.year * _DECEMBER + today.month - 1
    return [Month((count - back) // _DECEMBER, (count - back) % _DECEMBER + 1) for back in range(_MONTHS_SHOWN)]
