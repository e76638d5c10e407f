"""Which e-mails a partner gets, and where."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from partners import queries, services
from partners.models import NotificationKind
from partners.queries import Preference, Scope
from partners.services.notifying import MOST_ADDRESSES
from steller.portal.pages.access import Person, partner_page

# Ten addresses at their longest.
_LONGEST = 2600
_TO_WHO_ORDERED = {NotificationKind.ORDER_CONFIRMATION, NotificationKind.ORDER_RESULT}


class PreferenceForm(forms.Form):
    """One kind of e-mail."""

    enabled = forms.BooleanField(required=False)
    addresses = forms.CharField(
        label=gettext_lazy("To"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )

    def __init__(self, preference: Preference, *, own_address: str, data: Any = None) -> None:
        """Begin with what holds now; the empty field says where an e-mail goes without it."""
        initial = {"enabled": preference.enabled, "addresses": ", ".join(preference.addresses)}
        super().__init__(data, prefix=preference.kind.value, initial=initial)
        self.kind = preference.kind
        self.before = preference
        self.fields["enabled"].label = preference.kind.label
        default = _("whoever placed the order") if preference.kind in _TO_WHO_ORDERED else own_address
        self.fields["addresses"].widget.attrs["placeholder"] = default

    def clean_addresses(self) -> tuple[str, ...]:
        """Read addresses that stand apart by commas, semicolons or blanks."""
        addresses = tuple(self.cleaned_data["addresses"].replace(",", " ").replace(";", " ").split())
        if len(addresses) > MOST_ADDRESSES:
            raise ValidationError(_("At most %(most)s addresses.") % {"most": MOST_ADDRESSES})
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError as error:
                raise ValidationError(_("%(text)s is no e-mail address.") % {"text": address}) from error
        return addresses

    @property
    def differs(self) -> bool:
        """Whether anything was changed."""
        wanted = self.cleaned_data["enabled"], self.cleaned_data["addresses"]
        return wanted != (self.before.enabled, self.before.addresses)


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(Scope.TEAM_WRITE)
def notifications(request: HttpRequest, person: Person) -> HttpResponse:
    """Show each kind of e-mail, and store what was changed, all of it or nothing."""
    data = request.POST if request.method == "POST" else None
    own_address = queries.partner_of(person.partner_id).email
    preferences = queries.preferences_of(person.partner_id)
    rows = [PreferenceForm(each, own_address=own_address, data=data) for each in preferences]
    if data is not None and all(form.is_valid() for form in rows):
        _save([form for form in rows if form.differs], person)
        messages.success(request, _("Saved."))
        return redirect("notification-page")
    context = {"person": person, "forms": rows}
    wrong = any(form.errors for form in rows)
    return render(request, "portal/notifications.html", context, status=422 if wrong else 200)


def _save(changed: list[PreferenceForm], person: Person) -> None:
    changes = {form.kind: (form.cleaned_data["enabled"], form.cleaned_data["addresses"]) for form in changed}
    if changes:
        services.change_preferences(partner_id=person.partner_id, changes=changes, actor=person.actor)
