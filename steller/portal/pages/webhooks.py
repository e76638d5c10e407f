"""Webhooks: where a partner's events are sent, how that goes, and what may be done about it."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from partners import queries, services
from partners.models import EventKind, WebhookEndpoint
from partners.queries import Scope
from partners.services import EndpointChange
from steller.errors import DomainError, NotFoundError
from steller.portal.pages.access import Person, partner_page

PAGE_SIZE = 25


class EndpointForm(forms.Form):
    """A new endpoint."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy("We send a POST with JSON here, signed with a secret of this endpoint."),
    )
    description = forms.CharField(label=gettext_lazy("Description"), max_length=200, required=False)
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Events; none chosen means all"),
        choices=[(kind, kind) for kind in EventKind.values],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class ReplayForm(forms.Form):
    """From where on events are sent once more: a number, or a moment."""

    number = forms.IntegerField(
        label=gettext_lazy("From event number"), min_value=1, max_value=2**63 - 1, required=False
    )
    moment = forms.DateTimeField(
        label=gettext_lazy("or from this time (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    until = forms.IntegerField(
        label=gettext_lazy("Up to event number"),
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text=gettext_lazy("Empty: up to the newest."),
    )

    def clean(self) -> dict[str, Any]:
        """Want one beginning."""
        fields: dict[str, Any] = super().clean() or {}
        if not self.errors and (fields.get("number") is None) == (fields.get("moment") is None):
            self.add_error("number", _("Give a number or a time."))
        return fields


@require_safe
@partner_page(Scope.EVENT_READ)
def webhook_list(request: HttpRequest, person: Person) -> HttpResponse:
    """List the endpoints."""
    return _show_list(request, person, EndpointForm())


@require_POST
@partner_page(Scope.WEBHOOK_WRITE)
def create(request: HttpRequest, person: Person) -> HttpResponse:
    """Make an endpoint and show its secret, this once."""
    form = EndpointForm(request.POST)
    if form.is_valid():
        try:
            made = services.create_endpoint(
                partner_id=person.partner_id, mode=person.mode, actor=person.actor, **form.cleaned_data
            )
        except DomainError as refusal:
            form.add_error("url", refusal.detail)
        else:
            return _show_secret(request, person, made)
    return _show_list(request, person, form)


@require_safe
@partner_page(Scope.EVENT_READ)
def webhook(request: HttpRequest, person: Person, endpoint_id: uuid.UUID) -> HttpResponse:
    """Show an endpoint and each try to send to it."""
    return _show(request, person, _endpoint(person, endpoint_id))


@require_POST
@partner_page(Scope.WEBHOOK_WRITE)
def change(request: HttpRequest, person: Person, endpoint_id: uuid.UUID) -> HttpResponse:
    """Give an endpoint another address, description or other events."""
    endpoint = _endpoint(person, endpoint_id)
    form = EndpointForm(request.POST)
    if form.is_valid():
        try:
            services.change_endpoint(**_which(person, endpoint_id), change=EndpointChange(**form.cleaned_data))
        except DomainError as refusal:
            form.add_error("url", refusal.detail)
        else:
            messages.success(request, _("Saved."))
            return redirect("webhook-page", endpoint_id=endpoint_id)
    return _show(request, person, endpoint, form=form)


@require_POST
@partner_page(Scope.WEBHOOK_WRITE)
def replay(request: HttpRequest, person: Person, endpoint_id: uuid.UUID) -> HttpResponse:
    """Have events sent once more, in order, with their old ids."""
    endpoint = _endpoint(person, endpoint_id)
    form = ReplayForm(request.POST)
    if form.is_valid():
        try:
            made = services.replay(
                **_which(person, endpoint_id), after=_before(form, person), until=form.cleaned_data["until"]
            )
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
        else:
            said = _("Events %(first)s to %(last)s are sent once more.")
            messages.success(request, said % {"first": made.after + 1, "last": made.until})
            return redirect("webhook-page", endpoint_id=endpoint_id)
    return _show(request, person, endpoint, replay_form=form)


@require_POST
@partner_page(Scope.WEBHOOK_WRITE)
def act(request: HttpRequest, person: Person, endpoint_id: uuid.UUID, deed: str) -> HttpResponse:
    """Test, pause, resume or remove an endpoint, or give it a new secret, which is shown this once."""
    which = _which(person, endpoint_id)
    try:
        if deed == "rotate":
            return _show_secret(request, person, services.rotate_secret(**which))
        messages.success(request, _do(deed, which))
    except NotFoundError as error:
        raise Http404 from error
    return redirect("webhook-list") if deed == "delete" else redirect("webhook-page", endpoint_id=endpoint_id)


def _do(deed: str, which: dict[str, Any]) -> str:
    """Do it and say so."""
    if deed == "test":
        services.request_test(**which)
        return _("A test message is on its way; it appears below in a moment.")
    if deed == "delete":
        services.delete_endpoint(**which)
        return _("The endpoint is removed.")
    services.change_endpoint(**which, change=EndpointChange(paused=deed == "pause"))
    return _("Paused: events wait.") if deed == "pause" else _("Events are sent again.")


def _which(person: Person, endpoint_id: uuid.UUID) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint_id,
        "partner_id": person.partner_id,
        "mode": person.mode,
        "actor": person.actor,
    }


def _endpoint(person: Person, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    try:
        return queries.endpoint_of(endpoint_id, partner_id=person.partner_id, mode=person.mode)
    except NotFoundError as error:
        raise Http404 from error


def _before(form: ReplayForm, person: Person) -> int:
    """Return the number of the event before the first that is wanted."""
    moment = form.cleaned_data["moment"]
    if moment is None:
        return int(form.cleaned_data["number"]) - 1
    return queries.last_number_before(moment, partner_id=person.partner_id, mode=person.mode)


def _show(
    request: HttpRequest,
    person: Person,
    endpoint: WebhookEndpoint,
    *,
    form: EndpointForm | None = None,
    replay_form: ReplayForm | None = None,
) -> HttpResponse:
    newest = queries.last_number(partner_id=person.partner_id, mode=person.mode)
    is_signed_twice = endpoint.previous_secret_until is not None and endpoint.previous_secret_until > timezone.now()
    tries = queries.deliveries_of(endpoint).order_by("-pk")
    own = {"url": endpoint.url, "description": endpoint.description, "kinds": endpoint.kinds}
    form = form or EndpointForm(initial=own)
    replay_form = replay_form or ReplayForm(initial={"number": request.GET.get("from")})
    context = {
        "person": person,
        "endpoint": endpoint,
        "page": Paginator(tries, PAGE_SIZE).get_page(request.GET.get("page")),
        "newest": newest,
        "behind": max(newest - endpoint.last_delivered, 0),
        "is_signed_twice": is_signed_twice,
        "replays": queries.replays_of(endpoint),
        "form": form,
        "replay_form": replay_form,
    }
    status = 422 if form.errors or replay_form.errors else 200
    return render(request, "portal/webhook.html", context, status=status)


def _show_list(request: HttpRequest, person: Person, form: EndpointForm) -> HttpResponse:
    endpoints = queries.endpoints_of(partner_id=person.partner_id, mode=person.mode).order_by("-created_at", "-pk")
    context = {"person": person, "endpoints": endpoints, "form": form}
    return render(request, "portal/webhooks.html", context, status=422 if form.errors else 200)


def _show_secret(request: HttpRequest, person: Person, made: services.NewEndpoint) -> HttpResponse:
    context = {"person": person, "endpoint": made.endpoint, "secret": made.secret}
    return render(request, "portal/webhook_secret.html", context)
