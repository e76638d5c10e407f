"""Leads whoever looks at an address that only takes forms to the page that the form stands on.

Somebody whose session ended while a form was open logs in and comes back by GET; so does whoever reloads by hand what
a refused form answered. Nothing is there to be seen, but the address above it is: `/cart/order` leads to `/cart`.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve

# Programs are told what they did wrong; Django's admin has its own ways.
_NOT_PAGES = ("/api/", "/bamboo/", "/health/", "/admin/")


class PostedAddressMiddleware:
    """Answers a look at an address for forms with the nearest address above it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the rest of the stack."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self._get_response(request)
        is_for_forms = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method in {"GET", "HEAD"}
        if not is_for_forms or request.path_info.startswith(_NOT_PAGES):
            return response
        return HttpResponseRedirect(_above(request.path_info))


def _above(path: str) -> str:
    """Return the nearest address above that there is; one that is for forms, too, leads on from there."""
    while path := path.rpartition("/")[0]:
        for known in (path, f"{path}/"):
            try:
                resolve(known)
            except Resolver404:
                continue
            return known
    return "/"
