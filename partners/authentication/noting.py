"""Notes what partners ask of the API, for them to look up."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from partners import services as partners
from partners.authentication.callers import Caller
from partners.services import Noted

_LONGEST_PATH = 200


class RequestNotesMiddleware:
    """Note each request whose partner is known; requests that nobody could be made out of are in our own log only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the rest of the stack."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        started = time.monotonic()
        response = self._get_response(request)
        who = getattr(request, "caller", None)
        if isinstance(who, Caller):
            partners.note_request(
                Noted(
                    partner_id=who.partner_id,
                    mode=who.mode.value,
                    actor=who.actor,
                    at=timezone.now(),
                    method=request.method or "",
                    path=request.path[:_LONGEST_PATH],
                    status=response.status_code,
                    duration_ms=round((time.monotonic() - started) * 1000),
                    reference_id=getattr(request, "reference_id", ""),
                )
            )
        return response
