"""What is shown this once: a partner's key that our staff made."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from partners import queries
from partners.services import NewKey
from steller.portal.pages.staff.access import Colleague


def show_key(
    request: HttpRequest, colleague: Colleague, partner: Any, made: NewKey, replaced: Any = None
) -> HttpResponse:
    """Show a key just made; no browser keeps the page."""
    context = {
        "colleague": colleague,
        "partner": partner,
        "key": queries.key_of(made.id, partner_id=partner.pk),
        "raw": made.raw,
        "replaced": replaced,
    }
    return render(request, "portal/staff/key_secret.html", context)
