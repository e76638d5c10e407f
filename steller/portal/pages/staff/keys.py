"""A partner's API keys as our staff manage them: made and shown this once, rotated with an overlap, revoked."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from partners import queries
from partners.queries import EVERYTHING
from partners.services import NewKey
from steller.database import Mode
from steller.errors import DomainError, InvalidRequestError
from steller.portal import actors
from steller.portal import services as portal
from steller.portal.pages.keys import OVERLAPS, KeyForm, RotationForm
from steller.portal.pages.staff.access import Colleague, act, found, reason_of, staff_page
from steller.portal.pages.staff.asking import reason_field
from steller.portal.pages.staff.lists import page_of
from steller.portal.pages.staff.partners import show_tab
from steller.portal.pages.staff.shown_once import show_key

_MODES = [
    (Mode.LIVE, gettext_lazy("Live: buys real cards with the partner's money")),
    (Mode.TEST, gettext_lazy("Test: play money and cards that are worth nothing")),
]


class StaffKeyForm(KeyForm):
    """A key that our staff make for a partner, and why."""

    reason = reason_field()

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, scopes=EVERYTHING, **{"label_suffix": "", **more})
        mode: Any = self.fields["mode"]
        mode.choices = _MODES
        self.fields["scopes"].label = gettext_lazy("What it may do; none chosen means everything")


@require_safe
@staff_page("partners.view_apikey")
def partner_keys(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List a partner's API keys by what may be seen of them."""
    return _show(request, colleague, partner_id, StaffKeyForm())


@require_POST
@staff_page("partners.add_apikey")
def make_key(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """Make a key for a partner and show it, this once; a test key comes with test wallets."""
    partner = found(lambda: queries.partner(partner_id))
    form = StaffKeyForm(request.POST)
    if form.is_valid():
        try:
            made = portal.make_key(partner_id=partner.pk, actor=colleague.actor, **form.cleaned_data)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return show_key(request, colleague, partner, made)
    return _show(request, colleague, partner_id, form)


@require_POST
@staff_page("partners.add_apikey")
def rotate_key(request: HttpRequest, colleague: Colleague, partner_id: int, key_id: int) -> HttpResponse:
    """Make a key like this one and show it, this once; this one ends after the overlap."""
    partner = found(lambda: queries.partner(partner_id))
    made: list[NewKey] = []

    def deed() -> str:
        form, reason = RotationForm(request.POST), reason_of(request)
        if not form.is_valid():
            raise InvalidRequestError(_("Choose for how long the old key goes on."))
        overlap = timedelta(seconds=form.cleaned_data["overlap"])
        made.append(
            portal.rotate_key(
                key_id=key_id, partner_id=partner_id, actor=colleague.actor, overlap=overlap, reason=reason
            )
        )
        return _("The new key is made.")

    answer = act(request, deed, back=_address(partner_id))
    if not made:
        return answer
    return show_key(request, colleague, partner, made[0], replaced=queries.key_of(key_id, partner_id=partner_id))


@require_POST
@staff_page("partners.change_apikey")
def revoke_key(request: HttpRequest, colleague: Colleague, partner_id: int, key_id: int) -> HttpResponse:
    """End a partner's key at once."""

    def deed() -> str:
        portal.revoke_key(key_id=key_id, partner_id=partner_id, actor=colleague.actor, reason=reason_of(request))
        return _("The key is revoked; it opens nothing any more.")

    return act(request, deed, back=_address(partner_id))


def _show(request: HttpRequest, colleague: Colleague, partner_id: int, form: StaffKeyForm) -> HttpResponse:
    row = found(lambda: queries.partner(partner_id))
    page = page_of(queries.keys_of(partner_id).order_by("-pk"), request)
    return show_tab(
        request,
        colleague,
        row,
        "keys",
        code=422 if form.errors else 200,
        page=page,
        rows=[(key, queries.key_status(key)) for key in page],
        names=actors.names_of_actors({key.created_by for key in page}),
        form=form,
        overlaps=OVERLAPS,
        overlap=RotationForm.base_fields["overlap"].initial,
    )


def _address(partner_id: int) -> str:
    return reverse("staff:partner-keys", kwargs={"partner_id": partner_id})
