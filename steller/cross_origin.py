"""Lets scripts of other sites read the API's answers, from the origins that a setting names and no others.

Never with cookies: a script sends a key or a token itself, so a page of somebody else acts in nobody's name.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_ANSWERED = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-None-Match, X-Api-Key",
    "Access-Control-Max-Age": "600",
}
_READABLE = "ETag, Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Reference-Id"


class CrossOriginMiddleware:
    """Answers browsers that ask beforehand, and marks answers as readable for the origins that may."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the rest of the stack."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; nothing changes while no origin is named, and outside of the API."""
        if not settings.CORS_ORIGINS or not request.path.startswith("/api/"):
            return self._get_response(request)
        origin = request.META.get("HTTP_ORIGIN", "")
        if origin not in settings.CORS_ORIGINS:
            response = self._get_response(request)
        elif request.method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META:
            response = HttpResponse(status=204, headers={**_ANSWERED, "Access-Control-Allow-Origin": origin})
        else:
            response = self._get_response(request)
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _READABLE
        response.headers["Vary"] = ", ".join(filter(None, [response.headers.get("Vary"), "Origin"]))
        return response
