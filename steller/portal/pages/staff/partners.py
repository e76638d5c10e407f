"""Partners: found, and one of them with everything about it."""

from functools import partial
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from orders import queries as orders
from orders.queries.staff import NEWEST_FIRST
from orders.services import suspending
from partners import queries
from steller.portal import actors
from steller.portal import services as portal
from steller.portal.pages.staff.access import Colleague, act, found, reason_of, staff_page
from steller.portal.pages.staff.asking import StaffForm
from steller.portal.pages.staff.lists import asked, page_of
from steller.portal.pages.staff.opening import DetailsForm
from steller.portal.pages.staff.rules import CatalogRuleForm, CommissionForm
from wallets import queries as wallets
from wallets import services as wallet_services

_STATUSES = ("active", "suspended", "removed")
_EVENTS_SHOWN = 25
_CONTACTS_SHOWN = 3
_MODES = [("live", gettext_lazy("Live")), ("test", gettext_lazy("Test: play money"))]
_WALLET_TYPES = [
    ("prepaid", gettext_lazy("Prepaid: orders are paid from it")),
    ("promotional", gettext_lazy("Promotional: pays orders that name it")),
]


class WalletForm(StaffForm):
    """A further wallet."""

    currency = forms.CharField(label=gettext_lazy("Currency"), min_length=3, max_length=3)
    type = forms.ChoiceField(label=gettext_lazy("Kind"), choices=_WALLET_TYPES, required=False)
    mode = forms.ChoiceField(label=gettext_lazy("Mode"), choices=_MODES, required=False)


@require_safe
@staff_page("partners.view_partner")
def partner_list(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Find partners by text and state."""
    wanted = asked(request, ("q", "status"))
    status = wanted["status"] if wanted["status"] in _STATUSES else ""
    rows = queries.partners_like(
        {"search": wanted["q"][:19] if wanted["q"].isdigit() else wanted["q"], "status": status}
    )
    page = page_of(rows.order_by("-pk"), request)
    purses: dict[int, list[Any]] = {}
    if colleague.may("wallets.view_wallet"):
        for wallet in wallets.all_wallets().filter(partner__in=list(page), mode=colleague.mode).order_by("pk"):
            purses.setdefault(wallet.partner_id, []).append(wallet)
    context = {
        "colleague": colleague,
        "page": page,
        "rows": [(row, queries.partner_status(row), purses.get(row.pk, [])) for row in page],
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "statuses": _STATUSES,
    }
    return render(request, "portal/staff/partners.html", context)


@require_safe
@staff_page("partners.view_partner")
def partner_page(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """Show what a partner is, has and owes, and what may be done about it."""
    return _summary(request, colleague, partner_id)


def _summary(request: HttpRequest, colleague: Colleague, partner_id: int, refused: str = "") -> HttpResponse:
    """Show a partner; the form of a deed that was refused has what was filled in."""
    sent = {refused: request.POST}
    row = found(lambda: queries.partner(partner_id))
    details = {name: getattr(row, name) for name in DetailsForm.base_fields if name != "reason"}
    return show_tab(
        request,
        colleague,
        row,
        "summary",
        wallets=wallets.all_wallets().filter(partner=partner_id).order_by("mode", "pk"),
        contacts=queries.contacts_of(partner_id)[:_CONTACTS_SHOWN],
        work=orders.open_work_of(partner_id),
        names=actors.names_of_actors({row.created_by}),
        refused=refused,
        details_form=DetailsForm(sent.get("change"), initial=details),
        wallet_form=WalletForm(sent.get("open-wallet")),
        code=422 if refused else 200,
    )


@require_safe
@staff_page("orders.view_order")
def partner_orders(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List a partner's orders."""
    row = found(lambda: queries.partner(partner_id))
    rows = orders.staff_orders(filters={"partner": partner_id}).order_by(*NEWEST_FIRST)
    return show_tab(request, colleague, row, "orders", page=page_of(rows, request), filtered=False)


@require_safe
@staff_page("partners.view_user")
def partner_people(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List a partner's people with their roles."""
    row = found(lambda: queries.partner(partner_id))
    page = page_of(queries.team_of(partner_id).order_by("email"), request)
    return show_tab(
        request, colleague, row, "people", page=page, rows=[(user, queries.person_status(user)) for user in page]
    )


@require_safe
@staff_page("catalog.view_commissionrule")
def partner_prices(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List a partner's own commission rules, ended ones too, as they explain old prices."""
    row = found(lambda: queries.partner(partner_id))
    page = page_of(catalog.commission_rules(partner_id=partner_id).order_by("-pk"), request)
    rows = [(rule, catalog.rule_state(rule)) for rule in page]
    form = CommissionForm(initial={"partner": partner_id, **request.GET.dict()})
    return show_tab(request, colleague, row, "prices", page=page, rows=rows, form=form)


@require_safe
@staff_page("catalog.view_catalogrule")
def partner_catalog(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List what a partner may see and buy, by its own rules."""
    row = found(lambda: queries.partner(partner_id))
    page = page_of(catalog.catalog_rules(partner_id=partner_id).order_by("-pk"), request)
    return show_tab(
        request, colleague, row, "catalog", page=page, form=CatalogRuleForm(initial={"partner": partner_id})
    )


@require_safe
@staff_page("partners.view_event")
def partner_events(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """Show what a partner was told, and how its endpoints take it."""
    row = found(lambda: queries.partner(partner_id))
    events = queries.event_list(partner_id=partner_id, mode=colleague.mode, after=0).order_by("-number")
    endpoints = queries.endpoints_of(partner_id=partner_id, mode=colleague.mode).order_by("-created_at")
    newest = queries.last_number(partner_id=partner_id, mode=colleague.mode)
    return show_tab(
        request, colleague, row, "events", page=page_of(events, request, size=_EVENTS_SHOWN), endpoints=endpoints,
        newest=newest,
    )  # fmt: skip


@require_safe
@staff_page("partners.view_auditentry")
def partner_audit(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List what was done to and by a partner."""
    row = found(lambda: queries.partner(partner_id))
    page = page_of(queries.audit_entries({"partner_id": partner_id}).order_by("-pk"), request)
    return show_tab(
        request, colleague, row, "audit", page=page, names=actors.names_of_actors({entry.actor for entry in page})
    )


def show_tab(
    request: HttpRequest, colleague: Colleague, row: Any, tab: str, *, code: int = 200, **more: Any
) -> HttpResponse:
    """Show one of the pages about a partner."""
    context = {"colleague": colleague, "partner": row, "status": queries.partner_status(row), "tab": tab, **more}
    return render(request, f"portal/staff/partner_{tab}.html", context, status=code)


@require_POST
@staff_page("partners.view_partner")
def change_partner(request: HttpRequest, colleague: Colleague, partner_id: int, deed: str) -> HttpResponse:
    """Change a partner; each deed asks for a permission of its own."""
    if deed not in _DEEDS:
        raise Http404
    permission, do = _DEEDS[deed]
    colleague.require(permission)
    back = reverse("staff:partner", kwargs={"partner_id": partner_id})
    again = partial(_summary, request, colleague, partner_id, refused=deed) if deed in _FILLED_IN else None
    return act(request, lambda: do(request, colleague, partner_id), back=back, again=again)


def _suspend(request: HttpRequest, colleague: Colleague, partner_id: int) -> str:
    held = suspending.suspend_partner(partner_id=partner_id, actor=colleague.actor, reason=reason_of(request))
    text = ngettext(
        "Suspended; {count} waiting line is on hold.", "Suspended; {count} waiting lines are on hold.", held
    )
    return text.format(count=held)


def _resume(request: HttpRequest, colleague: Colleague, partner_id: int) -> str:
    freed = suspending.resume_partner(partner_id=partner_id, actor=colleague.actor, reason=reason_of(request))
    text = ngettext(
        "Resumed; {count} line waits to be bought again.", "Resumed; {count} lines wait to be bought again.", freed
    )
    return text.format(count=freed)


def _change(request: HttpRequest, colleague: Colleague, partner_id: int) -> str:
    portal.change_partner(partner_id=partner_id, actor=colleague.actor, **DetailsForm(request.POST).checked())
    return _("Saved.")


def _second_factor(request: HttpRequest, colleague: Colleague, partner_id: int) -> str:
    required = request.POST.get("required") == "yes"
    portal.change_partner(
        partner_id=partner_id, actor=colleague.actor, reason=reason_of(request), second_factor_required=required
    )
    return _("Its people need a second factor now.") if required else _("A second factor is up to its people now.")


def _open_wallet(request: HttpRequest, colleague: Colleague, partner_id: int) -> str:
    wanted = WalletForm(request.POST).checked()
    wallet_services.open_further_wallet(
        partner_id=partner_id,
        currency=wanted["currency"].upper(),
        mode=wanted["mode"] or colleague.mode,
        type=wanted["type"] or "prepaid",
        actor=colleague.actor,
    )
    return _("The wallet is open.")


_DEEDS = {
    "suspend": ("partners.suspend_partner", _suspend),
    "resume": ("partners.suspend_partner", _resume),
    "change": ("partners.change_partner", _change),
    "second-factor": ("partners.change_partner", _second_factor),
    "open-wallet": ("wallets.add_wallet", _open_wallet),
}


# Forms in which more than a reason is typed.
_FILLED_IN = {"change", "open-wallet"}


@require_POST
@staff_page("partners.delete_partner")
def remove_partner(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """Remove a partner that has neither open orders nor money with us; what it did stays readable."""
    back = [reverse("staff:partner", kwargs={"partner_id": partner_id})]

    def deed() -> str:
        portal.close_partner(partner_id=partner_id, actor=colleague.actor, reason=reason_of(request))
        back.append(reverse("staff:partners"))
        return _("The partner is removed: its keys are revoked, and its people are forgotten.")

    answer = act(request, deed, back=back[0])
    return redirect(back[-1]) if len(back) > 1 else answer
