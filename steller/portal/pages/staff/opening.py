"""A partner opened: what is known of it, its first wallet, its owner, and a key if it shall have one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners import queries
from steller.database import Mode
from steller.errors import DomainError
from steller.portal import services as portal
from steller.portal.pages.staff.access import Colleague, explain, staff_page
from steller.portal.pages.staff.asking import StaffForm, reason_field
from steller.portal.pages.staff.shown_once import show_key

_HEAVIEST = 100
_FIRST_KEYS = [
    ("", gettext_lazy("None yet")),
    ("test", gettext_lazy("Test key, with play money")),
    ("live", gettext_lazy("Live key")),
]


class DetailsForm(StaffForm):
    """What is known of a partner."""

    name = forms.CharField(label=gettext_lazy("Business name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    registration_number = forms.CharField(label=gettext_lazy("Registration number"), max_length=100, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=50, required=False)
    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    logo_url = forms.URLField(
        label=gettext_lazy("Address of its logo"),
        max_length=200,
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("An https address of a picture."),
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
    key = forms.ChoiceField(
        label=gettext_lazy("First API key"),
        choices=_FIRST_KEYS,
        required=False,
        help_text=gettext_lazy("May do everything, and is shown once. Its people can make others."),
    )
    field_order = (
        *("name", "email", "owner_email", "currency", "key", "registration_number", "phone", "address", "logo_url"),
        "weight",
    )

    def __init__(self, *arguments: Any, with_key: bool, **options: Any) -> None:
        """Offer a key to who may make one."""
        super().__init__(*arguments, **options)
        if not with_key:
            del self.fields["key"]


@staff_page("partners.add_partner")
def new_partner(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Open a partner with an empty wallet, at face value, and invite its owner."""
    form = NewPartnerForm(
        request.POST if request.method == "POST" else None, with_key=colleague.may("partners.add_apikey")
    )
    if form.is_valid():
        try:
            opened = _open(form.cleaned_data, colleague.actor)
        except DomainError as refusal:
            form.add_error(None, explain(refusal))
        else:
            messages.success(request, _("The partner is open, at face value. Fund its wallet and set its prices."))
            if opened.key is not None:
                return show_key(request, colleague, queries.partner(opened.partner_id), opened.key)
            return redirect("staff:partner", partner_id=opened.partner_id)
    return render(
        request,
        "portal/staff/partner_new.html",
        {"colleague": colleague, "form": form},
        status=422 if form.errors else 200,
    )


def _open(wanted: dict[str, Any], actor: str) -> portal.NewPartner:
    key = wanted.pop("key", "")
    fields = {**wanted, "currency": wanted["currency"].upper(), "owner_email": wanted["owner_email"] or None}
    return portal.open_partner(
        actor=actor, invite_owner=True, with_key=bool(key), key_mode=Mode(key) if key else None, **fields
    )
