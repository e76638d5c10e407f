"""Money that waits for a person: top-ups and adjustments, seen with who approved what, and decided."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from steller.portal import actors
from steller.portal.pages.staff.access import Colleague, act, found, reason_of, staff_page
from steller.portal.pages.staff.lists import asked, page_of
from wallets import queries
from wallets import services as wallets

_STATUSES = ("pending", "approved", "rejected")


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
        "after": row.wallet.available + row.amount,
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
            return said(wallets.reject_top_up(**which, reason=reason_of(request)))
        return said(wallets.approve_top_up(**which))

    return act(request, do, back=reverse("staff:top-up", kwargs={"top_up_id": top_up_id}))


@require_POST
@staff_page("wallets.adjust_wallet")
def decide_adjustment(request: HttpRequest, colleague: Colleague, adjustment_id: int, deed: str) -> HttpResponse:
    """Approve an adjustment that somebody else recorded, or reject it for good."""

    def do() -> str:
        which: dict[str, Any] = {"adjustment_id": adjustment_id, "actor": colleague.actor}
        if deed == "reject":
            return said(wallets.reject_adjustment(**which, reason=reason_of(request)))
        return said(wallets.approve_adjustment(**which))

    return act(request, do, back=reverse("staff:adjustment", kwargs={"adjustment_id": adjustment_id}))


def said(row: Any) -> str:
    """Say what came of a request for money."""
    if row.status == "pending":
        return _("Approved by you. Another person has to approve it too, before the money moves.")
    return _("Rejected; nothing was booked.") if row.status == "rejected" else _("Approved, and booked.")
