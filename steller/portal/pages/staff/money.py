"""Money that waits for a person: top-ups and adjustments, seen with who approved what; and wallets themselves."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders import queries as orders
from steller.portal import actors
from steller.portal.pages.staff.access import Colleague, act, found, reason_of, staff_page
from steller.portal.pages.staff.asking import StaffForm, reason_field
from steller.portal.pages.staff.lists import asked, page_of, since, until
from wallets import queries
from wallets import services as wallets
from wallets.queries import EntryFilters

_STATUSES = ("pending", "approved", "rejected")
_KINDS = ("top_up", "hold", "capture", "release", "refund", "adjustment")
_MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}


class TopUpForm(StaffForm):
    """Money that was seen to arrive."""

    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=Decimal("0.0001"), **_MONEY)
    reference = forms.CharField(
        label=gettext_lazy("Payment reference"),
        max_length=64,
        help_text=gettext_lazy("Of the bank transfer. The same reference is booked once."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


class AdjustForm(StaffForm):
    """A correction of a balance."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), help_text=gettext_lazy("Negative takes money away."), **_MONEY
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"), max_length=64, help_text=gettext_lazy("The same reference is booked once.")
    )
    reason = reason_field()


class ThresholdForm(StaffForm):
    """The balance below which the partner is warned; empty: no warning."""

    threshold = forms.DecimalField(
        label=gettext_lazy("Warn the partner below"), min_value=Decimal("0.0001"), required=False, **_MONEY
    )


@require_safe
@staff_page("wallets.view_topup")
def top_ups(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List top-ups, those that wait for a decision unless asked otherwise."""
    return _list(request, colleague, queries.all_top_ups(), "top-up")


@require_safe
@staff_page("wallets.view_adjustment")
def adjustments(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List corrections of balances."""
    return _list(request, colleague, queries.all_adjustments(), "adjustment")


def _list(request: HttpRequest, colleague: Colleague, rows: Any, kind: str) -> HttpResponse:
    wanted = asked(request, ("status", "q"))
    status = "pending" if wanted["status"] not in (*_STATUSES, "all") else wanted["status"]
    if status != "all":
        rows = rows.filter(status=status)
    if wanted["q"]:
        rows = rows.filter(reference__icontains=wanted["q"]) | rows.filter(wallet__partner__name__icontains=wanted["q"])
    page = page_of(rows.order_by("-pk"), request)
    context = {
        "colleague": colleague,
        "kind": kind,
        "page": page,
        "status": status,
        "statuses": _STATUSES,
        "wanted": wanted,
        "names": actors.names_of_actors({row.created_by for row in page} | {row.first_approved_by for row in page}),
    }
    return render(request, "portal/staff/money_requests.html", context)


@require_safe
@staff_page("wallets.view_topup")
def top_up(request: HttpRequest, colleague: Colleague, top_up_id: int) -> HttpResponse:
    """Show a top-up with who approved it and who still has to."""
    return _request(request, colleague, found(lambda: queries.top_up_of(top_up_id)), "top-up", "wallets.approve_topup")


@require_safe
@staff_page("wallets.view_adjustment")
def adjustment(request: HttpRequest, colleague: Colleague, adjustment_id: int) -> HttpResponse:
    """Show an adjustment with who approved it and who still has to."""
    row = found(lambda: queries.adjustment_of(adjustment_id))
    return _request(request, colleague, row, "adjustment", "wallets.adjust_wallet")


def _request(request: HttpRequest, colleague: Colleague, row: Any, kind: str, permission: str) -> HttpResponse:
    limit = queries.second_approval_above(row.wallet.currency_id)
    takes_part = colleague.actor in {row.created_by, row.first_approved_by}
    context = {
        "colleague": colleague,
        "row": row,
        "kind": kind,
        "limit": limit,
        "needs_two": abs(row.amount) > limit,
        "takes_part": takes_part,
        "decidable": row.status == "pending" and colleague.may(permission),
        "names": actors.names_of_actors({row.created_by, row.first_approved_by, row.decided_by}),
    }
    return render(request, "portal/staff/money_request.html", context)


@require_POST
@staff_page("wallets.approve_topup")
def decide_top_up(request: HttpRequest, colleague: Colleague, top_up_id: int, deed: str) -> HttpResponse:
    """Approve a top-up, the first or the second of two, or reject it for good."""

    def do() -> str:
        which: dict[str, Any] = {"top_up_id": top_up_id, "actor": colleague.actor}
        if deed == "reject":
            return _said(wallets.reject_top_up(**which, reason=reason_of(request)))
        return _said(wallets.approve_top_up(**which))

    return act(request, do, back=reverse("staff:top-up", kwargs={"top_up_id": top_up_id}))


@require_POST
@staff_page("wallets.adjust_wallet")
def decide_adjustment(request: HttpRequest, colleague: Colleague, adjustment_id: int, deed: str) -> HttpResponse:
    """Approve an adjustment that somebody else recorded, or reject it for good."""

    def do() -> str:
        which: dict[str, Any] = {"adjustment_id": adjustment_id, "actor": colleague.actor}
        if deed == "reject":
            return _said(wallets.reject_adjustment(**which, reason=reason_of(request)))
        return _said(wallets.approve_adjustment(**which))

    return act(request, do, back=reverse("staff:adjustment", kwargs={"adjustment_id": adjustment_id}))


def _said(row: Any) -> str:
    if row.status == "pending":
        return _("Approved by you. Another person has to approve it too, before the money moves.")
    return _("Rejected; nothing was booked.") if row.status == "rejected" else _("Approved, and booked.")


@require_safe
@staff_page("wallets.view_walletentry")
def wallet(request: HttpRequest, colleague: Colleague, wallet_id: int) -> HttpResponse:
    """Show a wallet's entries, the newest first, and what may be done with its money."""
    row = found(lambda: queries.wallet_of(wallet_id))
    wanted = asked(request, ("kind", "from", "to"))
    filters = EntryFilters(
        kind=wanted["kind"] if wanted["kind"] in _KINDS else None,
        created_after=since(wanted["from"]),
        created_before=until(wanted["to"]),
    )
    page = page_of(queries.matching(row, filters).order_by("-version"), request)
    causes = orders.orders_of_holds((entry.reference for entry in page), partner_id=row.partner_id)
    context = {
        "colleague": colleague,
        "wallet": row,
        "page": page,
        "rows": [(entry, causes.get(entry.reference)) for entry in page],
        "names": actors.names_of_actors({entry.actor for entry in page}),
        "wanted": wanted,
        "kinds": _KINDS,
        "limit": queries.second_approval_above(row.currency_id),
        "top_up_form": TopUpForm(),
        "adjust_form": AdjustForm(auto_id="id_adjust_%s"),
        "threshold_form": ThresholdForm(initial={"threshold": row.low_balance_threshold}),
    }
    return render(request, "portal/staff/wallet.html", context)


@require_POST
@staff_page("wallets.view_walletentry")
def change_wallet(request: HttpRequest, colleague: Colleague, wallet_id: int, deed: str) -> HttpResponse:
    """Pay in, correct the balance, or set when the partner is warned; each asks for a permission of its own."""
    if deed not in _WALLET_DEEDS:
        raise Http404
    permission, do = _WALLET_DEEDS[deed]
    colleague.require(permission)
    back = reverse("staff:wallet", kwargs={"wallet_id": wallet_id})
    return act(request, lambda: do(request, colleague, wallet_id), back=back)


def _pay_in(request: HttpRequest, colleague: Colleague, wallet_id: int) -> str:
    asked_for = wallets.record_top_up(wallet_id=wallet_id, actor=colleague.actor, **TopUpForm(request.POST).checked())
    return _recorded(asked_for)


def _adjust(request: HttpRequest, colleague: Colleague, wallet_id: int) -> str:
    form = AdjustForm(request.POST).checked()
    return _recorded(wallets.record_adjustment(wallet_id=wallet_id, actor=colleague.actor, **form))


def _recorded(asked_for: Any) -> str:
    if asked_for.repeated:
        return _("This reference was recorded before; nothing moved again.")
    return _said(asked_for.request)


def _warn(request: HttpRequest, colleague: Colleague, wallet_id: int) -> str:
    form = ThresholdForm(request.POST).checked()
    wallets.set_threshold(wallet_id=wallet_id, threshold=form["threshold"], actor=colleague.actor)
    return _("Saved.")


_WALLET_DEEDS = {
    "top-up": ("wallets.approve_topup", _pay_in),
    "adjust": ("wallets.adjust_wallet", _adjust),
    "threshold": ("wallets.change_wallet", _warn),
}
