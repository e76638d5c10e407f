"""API keys: which there are, one made and shown this once, rotated with an overlap, revoked."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from partners import queries
from partners.models import ApiKey
from partners.queries import EVERYTHING, Scope
from partners.services import MakerLimits, NewKey
from steller.database import Mode
from steller.errors import DomainError, NotFoundError
from steller.portal import actors, services
from steller.portal.pages.access import Person, partner_page

PAGE_SIZE = 25
# What a scope allows, as people say it.
SCOPES: dict[Scope, Promise] = {
    Scope.ORDER_WRITE: gettext_lazy("Place and cancel orders"),
    Scope.ORDER_READ: gettext_lazy("Read orders"),
    Scope.CARD_READ: gettext_lazy("Read card codes and PINs"),
    Scope.CATALOG_READ: gettext_lazy("Read the catalog and prices"),
    Scope.WALLET_READ: gettext_lazy("Read wallets and entries"),
    Scope.WALLET_WRITE: gettext_lazy("Ask for top-ups, set warnings"),
    Scope.EVENT_READ: gettext_lazy("Read events"),
    Scope.WEBHOOK_WRITE: gettext_lazy("Manage webhooks"),
    Scope.KEY_WRITE: gettext_lazy("Manage API keys"),
    Scope.TEAM_WRITE: gettext_lazy("Manage people and e-mails"),
    Scope.AUDIT_READ: gettext_lazy("Read the audit log"),
}
_MODES = [
    (Mode.LIVE, gettext_lazy("Live: buys real cards with your money")),
    (Mode.TEST, gettext_lazy("Test: play money and cards that are worth nothing")),
]
OVERLAPS = [
    (0, gettext_lazy("End the old key at once")),
    (3600, gettext_lazy("1 hour")),
    (24 * 3600, gettext_lazy("1 day")),
    (7 * 24 * 3600, gettext_lazy("7 days")),
    (30 * 24 * 3600, gettext_lazy("30 days")),
]


class KeyForm(forms.Form):
    """A new key."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What it is for, such as the software that uses it."),
    )
    mode = forms.ChoiceField(label=gettext_lazy("Kind"), choices=_MODES, initial=Mode.LIVE, widget=forms.RadioSelect)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do; none chosen means all that you may"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    expires_at = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("It ends with this day (UTC). Empty: it has no end."),
    )
    allowed_networks = forms.CharField(
        label=gettext_lazy("Taken from these addresses only"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "203.0.113.0/24"}),
        help_text=gettext_lazy("One address or network a line. Empty: from everywhere."),
    )

    def __init__(self, *arguments: Any, scopes: frozenset[Scope], **more: Any) -> None:
        """Offer the scopes that the person has."""
        super().__init__(*arguments, **more)
        self.fields["scopes"].choices = [(name, text) for name, text in SCOPES.items() if name in scopes]  # type: ignore[attr-defined]

    def clean_mode(self) -> Mode:
        """Read the kind."""
        return Mode(self.cleaned_data["mode"])

    def clean_scopes(self) -> list[Scope]:
        """Read the scopes."""
        return [Scope(name) for name in self.cleaned_data["scopes"]]

    def clean_expires_at(self) -> datetime | None:
        """Let the key live until its last day is over."""
        day: date | None = self.cleaned_data["expires_at"]
        return timezone.make_aware(datetime.combine(day, time.max)) if day else None

    def clean_allowed_networks(self) -> Sequence[str]:
        """Read one network a line; commas do as well."""
        text: str = self.cleaned_data["allowed_networks"]
        return text.replace(",", " ").split()

    def refuse(self, refusal: DomainError) -> None:
        """Show what a service refused, at the field if it names one."""
        named: Any = refusal.extra.get("errors", {})
        self.add_error(next((name for name in named if name in self.fields), None), refusal.detail)


class RotationForm(forms.Form):
    """For how long the old key goes on beside the new one."""

    overlap = forms.TypedChoiceField(
        label=gettext_lazy("The old key goes on for"), choices=OVERLAPS, coerce=int, initial=24 * 3600
    )


@require_safe
@partner_page(Scope.KEY_WRITE)
def key_list(request: HttpRequest, person: Person) -> HttpResponse:
    """List the keys, ended ones too, the newest first."""
    return _show_list(request, person, KeyForm(scopes=person.scopes))


@require_POST
@partner_page(Scope.KEY_WRITE)
def create(request: HttpRequest, person: Person) -> HttpResponse:
    """Make a key and show it, this once; a test key comes with test wallets."""
    form = KeyForm(request.POST, scopes=person.scopes)
    if form.is_valid():
        try:
            made = services.make_key(
                partner_id=person.partner_id, actor=person.actor, limits=_limits(person), **form.cleaned_data
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return _show_key(request, person, made)
    return _show_list(request, person, form)


@require_safe
@partner_page(Scope.KEY_WRITE)
def key_page(request: HttpRequest, person: Person, key_id: int) -> HttpResponse:
    """Show what may be seen of a key, and what may be done about it."""
    return _show(request, person, _key(person, key_id), RotationForm())


@require_POST
@partner_page(Scope.KEY_WRITE)
def rotate(request: HttpRequest, person: Person, key_id: int) -> HttpResponse:
    """Make a key like this one and show it, this once; this one ends after the overlap."""
    key = _key(person, key_id)
    form = RotationForm(request.POST)
    if form.is_valid():
        try:
            made = services.rotate_key(
                key_id=key_id,
                partner_id=person.partner_id,
                actor=person.actor,
                overlap=timedelta(seconds=form.cleaned_data["overlap"]),
                limits=_limits(person),
            )
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
        else:
            return _show_key(request, person, made, replaced=_key(person, key_id))
    return _show(request, person, key, form)


@require_POST
@partner_page(Scope.KEY_WRITE)
def revoke(request: HttpRequest, person: Person, key_id: int) -> HttpResponse:
    """End a key at once."""
    key = _key(person, key_id)
    services.revoke_key(
        key_id=key_id,
        partner_id=person.partner_id,
        actor=person.actor,
        reason="Revoked in the dashboard",
        limits=_limits(person),
    )
    messages.success(request, _("The key %(name)s is revoked.") % {"name": key.name})
    return redirect("key-list")


def _limits(person: Person) -> MakerLimits:
    return MakerLimits(scopes=person.scopes)


def _key(person: Person, key_id: int) -> ApiKey:
    try:
        return queries.key_of(key_id, partner_id=person.partner_id)
    except NotFoundError as error:
        raise Http404 from error


def _show_list(request: HttpRequest, person: Person, form: KeyForm) -> HttpResponse:
    page = Paginator(queries.keys_of(person.partner_id).order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(key, queries.key_status(key), _meaning(key)) for key in page]
    context = {"person": person, "page": page, "rows": rows, "form": form}
    return render(request, "portal/keys.html", context, status=422 if form.errors else 200)


def _show(request: HttpRequest, person: Person, key: ApiKey, form: RotationForm) -> HttpResponse:
    names = actors.names_of_actors({key.created_by}, partner_id=person.partner_id)
    context = {
        "person": person,
        "key": key,
        "status": queries.key_status(key),
        "scopes": _meaning(key),
        "made_by": names.get(key.created_by, _("our staff")),
        "form": form,
    }
    return render(request, "portal/key.html", context, status=422 if form.errors else 200)


def _show_key(request: HttpRequest, person: Person, made: NewKey, replaced: ApiKey | None = None) -> HttpResponse:
    key = queries.key_of(made.id, partner_id=person.partner_id)
    host = request.build_absolute_uri("/").rstrip("/")
    context = {"person": person, "key": key, "raw": made.raw, "replaced": replaced, "host": host}
    return render(request, "portal/key_secret.html", context)


def _meaning(key: ApiKey) -> list[Promise]:
    """Say what a key may do; nothing means everything."""
    allowed = queries.scopes_named(key.scopes)
    return [] if allowed == EVERYTHING else [text for scope, text in SCOPES.items() if scope in allowed]
