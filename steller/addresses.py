"""Takes an address of programs with a slash at its end for the one without, whatever the method.

A redirect would lose the body of a POST with many clients, and an order must not depend on a slash. Pages keep their
addresses, and with them their redirects.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_OF_PROGRAMS = ("/api/", "/bamboo/", "/health/")


class TrailingSlashMiddleware:
    """Drops the slash before anything looks at the address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the rest of the stack."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if request.path_info.startswith(_OF_PROGRAMS) and request.path_info not in _OF_PROGRAMS:
            request.path_info = request.path_info.removesuffix("/")
            request.path = request.path.removesuffix("/")
        return self._get_response(request)
