"""Where a request came from: the client's address behind our proxies, and the reference id that its answer shows.

Everything that asks for an address asks here: the audit log, lists of allowed networks, the lock-out of guessed
passwords. `X-Forwarded-For` is believed only as far as proxies of ours wrote it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

type Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Origin:
    """Whence the work at hand was asked for; both are empty in workers and commands."""

    address: str | None = None
    reference_id: str = ""


_NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def origin() -> Origin:
    """Return where the request came from that is being answered."""
    return _current.get()


@contextmanager
def coming_from(place: Origin) -> Iterator[None]:
    """Let everything inside know where it was asked for."""
    token = _current.set(place)
    try:
        yield
    finally:
        _current.reset(token)


def client_address(headers: Mapping[str, Any], *, proxies: Iterable[Network]) -> str | None:
    """Find the client's address: the last one in the chain that is no proxy of ours.

    Each proxy appends the address that it was called from, so what stands before the first stranger, read from the
    right, was written by that stranger and means nothing.
    """
    trusted = tuple(proxies)
    peer = _normal(headers.get("REMOTE_ADDR"))
    if peer is None or not is_within(peer, trusted):
        return peer
    found = peer
    for hop in reversed(headers.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        address = _normal(hop)
        if address is None:
            break
        found = address
        if not is_within(address, trusted):
            break
    return found


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Tell whether an address lies in one of the networks."""
    found = ip_address(address)
    return any(found in network for network in networks)


@lru_cache(maxsize=256)
def networks_of(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Read networks such as `203.0.113.0/24`; a single address is a network of one.

    Raises:
        ValueError: a text is neither, or has bits set behind its mask.

    """
    return tuple(ip_network(text.strip()) for text in texts)


def request_address(request: HttpRequest) -> str | None:
    """Return the client's address of a request that passed the middleware; axes asks here too."""
    return request.META.get("REMOTE_ADDR") or None


class OriginMiddleware:
    """Make `REMOTE_ADDR` the client's own address, and drop what strangers forwarded in our proxies' names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the rest of the stack."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, with its origin known to all that it calls."""
        proxies = networks_of(tuple(settings.TRUSTED_PROXIES))
        address = client_address(request.META, proxies=proxies)
        peer = _normal(request.META.get("REMOTE_ADDR"))
        if proxies and peer is not None and not is_within(peer, proxies):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        request.META.pop("HTTP_X_FORWARDED_FOR", None)
        request.META["REMOTE_ADDR"] = address or ""
        with coming_from(Origin(address, getattr(request, "reference_id", ""))):
            return self._get_response(request)


def _normal(text: Any) -> str | None:
    try:
        address = ip_address(str(text or "").strip())
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
