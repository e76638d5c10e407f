"""Partners: found, opened, and one of them with everything about it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from orders import queries as orders
from orders.queries.staff import NEWEST_FIRST
from orders.services import suspending
from partners import queries
from steller.errors import DomainError
from steller.portal import actors
from steller.portal import services as portal
from steller.portal.pages.staff.access import Colleague, act, explain, found, reason_of, staff_page
from steller.portal.pages.staff.asking import StaffForm, reason_field
from steller.portal.pages.staff.lists import asked, page_of
from steller.portal.pages.staff.rules import CatalogRuleForm, CommissionForm
from wallets import queries as wallets
from wallets import services as wallet_services

_HEAVIEST = 100
_STATUSES = ("active", "suspended", "removed")
_EVENTS_SHOWN = 25


class DetailsForm(StaffForm):
    """What is known of a partner."""

    name = forms.CharField(label=gettext_lazy("Business name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    registration_number = forms.CharField(label=gettext_lazy("Registration number"), max_length=100, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=50, required=False)
    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    weight = forms.IntegerField(
        label=gettext_lazy("Weight"),
        min_value=1,
        max_value=_HEAVIEST,
        initial=1,
        help_text=gettext_lazy("Its share of the supplier's capacity: 2 gets twice as many cards a turn as 1."),
    )
    reason = reason_field()


class NewPartnerForm(DetailsForm):
    """A partner to open."""

    currency = forms.CharField(
        label=gettext_lazy("Currency of its first wallet"), min_length=3, max_length=3, initial="USD"
    )
    owner_email = forms.EmailField(
        label=gettext_lazy("Owner's e-mail address"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Gets an invitation to log in. Empty: nobody is invited yet."),
    )
    field_order = ("name", "email", "owner_email", "currency", "registration_number", "phone", "address", "weight")


class WalletForm(StaffForm):
    """A further wallet."""

    currency = forms.CharField(label=gettext_lazy("Currency"), min_length=3, max_length=3)


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
        "statuses": _STATUSES,
    }
    return render(request, "portal/staff/partners.html", context)


@staff_page("partners.add_partner")
def new_partner(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Open a partner with an empty wallet, at face value, and invite its owner."""
    form = NewPartnerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        fields = {**form.cleaned_data, "currency": form.cleaned_data["currency"].upper()}
        fields["owner_email"] = fields["owner_email"] or None
        try:
            opened = portal.open_partner(actor=colleague.actor, invite_owner=True, **fields)
        except DomainError as refusal:
            form.add_error(None, explain(refusal))
        else:
            messages.success(request, _("The partner is open, at face value. Fund its wallet and set its prices."))
            return redirect("staff:partner", partner_id=opened.partner_id)
    return render(
        request,
        "portal/staff/partner_new.html",
        {"colleague": colleague, "form": form},
        status=422 if form.errors else 200,
    )


@require_safe
@staff_page("partners.view_partner")
def partner_page(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """Show what a partner is, has and owes, and what may be done about it."""
    row = found(lambda: queries.partner(partner_id))
    details = {name: getattr(row, name) for name in DetailsForm.base_fields if name != "reason"}
    return _show(
        request,
        colleague,
        row,
        "summary",
        wallets=wallets.all_wallets().filter(partner=partner_id).order_by("mode", "pk"),
        contacts=queries.contacts_of(partner_id),
        work=orders.open_work_of(partner_id),
        names=actors.names_of_actors({row.created_by}),
        details_form=DetailsForm(initial=details),
        wallet_form=WalletForm(),
    )


@require_safe
@staff_page("orders.view_order")
def partner_orders(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List a partner's orders."""
    row = found(lambda: queries.partner(partner_id))
    rows = orders.staff_orders(filters={"partner": partner_id}).order_by(*NEWEST_FIRST)
    return _show(request, colleague, row, "orders", page=page_of(rows, request), filtered=False)


@require_safe
@staff_page("partners.view_user")
def partner_people(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List a partner's people with their roles."""
    row = found(lambda: queries.partner(partner_id))
    page = page_of(queries.team_of(partner_id).order_by("email"), request)
    return _show(
        request, colleague, row, "people", page=page, rows=[(user, queries.person_status(user)) for user in page]
    )


@require_safe
@staff_page("partners.view_apikey")
def partner_keys(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List a partner's API keys by what may be seen of them."""
    row = found(lambda: queries.partner(partner_id))
    page = page_of(queries.keys_of(partner_id).order_by("-pk"), request)
    return _show(
        request, colleague, row, "keys", page=page, names=actors.names_of_actors({key.created_by for key in page})
    )


@require_safe
@staff_page("catalog.view_commissionrule")
def partner_prices(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List a partner's own commission rules, ended ones too, as they explain old prices."""
    row = found(lambda: queries.partner(partner_id))
    page = page_of(catalog.commission_rules(partner_id=partner_id).order_by("-pk"), request)
    rows = [(rule, catalog.rule_state(rule)) for rule in page]
    form = CommissionForm(initial={"partner": partner_id, **request.GET.dict()})
    return _show(request, colleague, row, "prices", page=page, rows=rows, form=form)


@require_safe
@staff_page("catalog.view_catalogrule")
def partner_catalog(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List what a partner may see and buy, by its own rules."""
    row = found(lambda: queries.partner(partner_id))
    page = page_of(catalog.catalog_rules(partner_id=partner_id).order_by("-pk"), request)
    return _show(request, colleague, row, "catalog", page=page, form=CatalogRuleForm(initial={"partner": partner_id}))


@require_safe
@staff_page("partners.view_event")
def partner_events(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """Show what a partner was told, and how its endpoints take it."""
    row = found(lambda: queries.partner(partner_id))
    events = queries.event_list(partner_id=partner_id, mode=colleague.mode, after=0).order_by("-number")
    endpoints = queries.endpoints_of(partner_id=partner_id, mode=colleague.mode).order_by("-created_at")
    newest = queries.last_number(partner_id=partner_id, mode=colleague.mode)
    return _show(
        request, colleague, row, "events", page=page_of(events, request, size=_EVENTS_SHOWN), endpoints=endpoints,
        newest=newest,
    )  # fmt: skip


@require_safe
@staff_page("partners.view_auditentry")
def partner_audit(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List what was done to and by a partner."""
    row = found(lambda: queries.partner(partner_id))
    page = page_of(queries.audit_entries({"partner_id": partner_id}).order_by("-pk"), request)
    return _show(
        request, colleague, row, "audit", page=page, names=actors.names_of_actors({entry.actor for entry in page})
    )


def _show(request: HttpRequest, colleague: Colleague, row: Any, tab: str, **more: Any) -> HttpResponse:
    context = {"colleague": colleague, "partner": row, "status": queries.partner_status(row), "tab": tab, **more}
    return render(request, f"portal/staff/partner_{tab}.html", context)


@require_POST
@staff_page("partners.view_partner")
def change_partner(request: HttpRequest, colleague: Colleague, partner_id: int, deed: str) -> HttpResponse:
    """Change a partner; each deed asks for a permission of its own."""
    if deed not in _DEEDS:
        raise Http404
    permission, do = _DEEDS[deed]
    colleague.require(permission)
    back = reverse("staff:partner", kwargs={"partner_id": partner_id})
    return act(request, lambda: do(request, colleague, partner_id), back=back)


def _suspend(request: HttpRequest, colleague: Colleague, partner_id: int) -> str:
    held = suspending.suspend_partner(partner_id=partner_id, actor=colleague.actor, reason=reason_of(request))
    return _("Suspended; {count} waiting lines are on hold.").format(count=held)


def _resume(request: HttpRequest, colleague: Colleague, partner_id: int) -> str:
    freed = suspending.resume_partner(partner_id=partner_id, actor=colleague.actor, reason=reason_of(request))
    return _("Resumed; {count} lines wait to be bought again.").format(count=freed)


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
    currency = WalletForm(request.POST).checked()["currency"].upper()
    wallet_services.open_further_wallet(
        partner_id=partner_id, currency=currency, mode=colleague.mode, type="prepaid", actor=colleague.actor
    )
    return _("The wallet is open.")


_DEEDS = {
    "suspend": ("partners.suspend_partner", _suspend),
    "resume": ("partners.suspend_partner", _resume),
    "change": ("partners.change_partner", _change),
    "second-factor": ("partners.change_partner", _second_factor),
    "open-wallet": ("wallets.add_wallet", _open_wallet),
}


@require_POST
@staff_page("partners.change_apikey")
def revoke_key(request: HttpRequest, colleague: Colleague, partner_id: int, key_id: int) -> HttpResponse:
    """End a partner's key at once."""

    def deed() -> str:
        portal.revoke_key(key_id=key_id, partner_id=partner_id, actor=colleague.actor, reason=reason_of(request))
        return _("The key is revoked; it opens nothing any more.")

    return act(request, deed, back=reverse("staff:partner-keys", kwargs={"partner_id": partner_id}))
