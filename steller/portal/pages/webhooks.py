"""Webhooks: where a partner's events are sent, how that goes, and what may be done about it."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from partners import queries, services
from partners.models import EventKind
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


@require_safe
@partner_page(Scope.EVENT_READ)
def webhook_list(request: HttpRequest, person: Person) -> HttpResponse:
    """List the endpoints."""
    return _show_list(request, person, EndpointForm())


@require_POST
@never_cache
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
@never_cache
@partner_page(Scope.EVENT_READ)
def webhook(request: HttpRequest, person: Person, endpoint_id: uuid.UUID) -> HttpResponse:
    """Show an endpoint and each try to send to it."""
    try:
        endpoint = queries.endpoint_of(endpoint_id, partner_id=person.partner_id, mode=person.mode)
    except NotFoundError as error:
        raise Http404 from error
    tries = queries.deliveries_of(endpoint).order_by("-pk")
    page = Paginator(tries, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "portal/webhook.html", {"person": person, "endpoint": endpoint, "page": page})


@require_POST
@never_cache
@partner_page(Scope.WEBHOOK_WRITE)
def act(request: HttpRequest, person: Person, endpoint_id: uuid.UUID, deed: str) -> HttpResponse:
    """Test, pause, resume or remove an endpoint, or give it a new secret, which is shown this once."""
    which: dict[str, Any] = {
        "endpoint_id": endpoint_id,
        "partner_id": person.partner_id,
        "mode": person.mode,
        "actor": person.actor,
    }
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


def _show_list(request: HttpRequest, person: Person, form: EndpointForm) -> HttpResponse:
    endpoints = queries.endpoints_of(partner_id=person.partner_id, mode=person.mode).order_by("-created_at", "-pk")
    context = {"person": person, "endpoints": endpoints, "form": form}
    return render(request, "portal/webhooks.html", context, status=422 if form.errors else 200)


def _show_secret(request: HttpRequest, person: Person, made: services.NewEndpoint) -> HttpResponse:
    context = {"person": person, "endpoint": made.endpoint, "secret": made.secret}
    response = render(request, "portal/webhook_secret.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
