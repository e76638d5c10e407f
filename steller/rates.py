"""How many requests a caller may send: a window of fixed length for each key and person, never one for all.

Counted in the cache, so no request costs a database statement for it. Without a shared cache each web process counts
for itself, and a caller meets the limit as late as all of them have counted.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from steller.configuration import Limit
from steller.origin import request_address

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands in the window that runs: the draft of the IETF's working group names the headers."""

    policy: str
    limit: Limit
    used: int
    ends_in: int

    @property
    def is_over(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.limit.calls

    @property
    def headers(self) -> dict[str, str]:
        """Return `RateLimit` and `RateLimit-Policy`."""
        left = max(0, self.limit.calls - self.used)
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit.calls};w={self.limit.seconds:.0f}',
            "RateLimit": f'"{self.policy}";r={left};t={self.ends_in}',
        }


def count(policy: str, limit: Limit, *, who: str) -> Standing:
    """Count a request of `who` and tell how it stands."""
    now = time.time()
    window, passed = divmod(now, limit.seconds)
    name = f"rate:{policy}:{who}:{window:.0f}"
    return Standing(policy, limit, _counted(name, limit.seconds), max(1, math.ceil(limit.seconds - passed)))


def _counted(name: str, seconds: float) -> int:
    try:
        try:
            return cache.incr(name)
        except ValueError:
            # Two first requests at once: whoever adds second counts on.
            return 1 if cache.add(name, 1, timeout=seconds + 1) else cache.incr(name)
    except Exception as error:  # noqa: BLE001 - a cache that is away, whatever it raises, keeps nobody out
        _log.warning("rates_not_counted", error=type(error).__name__)
        return 0


class CallerThrottle(BaseThrottle):
    """Counts the requests of each key and person; who is not known is not counted."""

    policy, setting = "api", "API_RATE"
    _standing: Standing | None = None

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - the framework's signature
        """Count the request; the middleware shows the caller how it stands."""
        # Known from here on to the middleware, which sees Django's own request only.
        request._request.caller = request.auth  # type: ignore[attr-defined]  # noqa: SLF001
        limit: Limit | None = getattr(settings, self.setting)
        who = self.name_of(request)
        if limit is None or who is None:
            return True
        self._standing = count(self.policy, limit, who=who)
        request._request.rate_standing = self._standing  # type: ignore[attr-defined]  # noqa: SLF001
        return not self._standing.is_over

    def wait(self) -> float | None:
        """Return the seconds until the next window."""
        return self._standing.ends_in if self._standing else None

    def name_of(self, request: Request) -> str | None:
        """Return whose requests are counted together."""
        actor: str | None = getattr(request.auth, "actor", None)
        return actor


class LogInThrottle(CallerThrottle):
    """Counts what strangers try at the door, by their address."""

    policy, setting = "login", "LOGIN_RATE"

    def name_of(self, request: Request) -> str | None:
        """Return the address."""
        return request_address(request) or "unknown"


class RateHeadersMiddleware:
    """Show each caller that was counted how it stands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the rest of the stack."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self._get_response(request)
        standing: Standing | None = getattr(request, "rate_standing", None)
        if standing is not None:
            for name, value in standing.headers.items():
                response.headers[name] = value
        return response
