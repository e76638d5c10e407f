"""POST to an address that somebody else chose, without letting them choose where in our network it lands.

The name is resolved once, every address it has is judged, and the connection goes to one that was judged, so that a
name cannot change its mind in between. No redirect is followed and no proxy of the environment used. A call has one
deadline in all, which a receiver that sends a byte now and then cannot move, and reads a small answer only.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
LARGEST_ANSWER = 4096
LONGEST_URL = 500

_PORTS = {"http": 80, "https": 443}
_LATE = "no answer in time"
# Public by number, yet answered by the cloud's own host.
_METADATA = frozenset({"168.63.129.16"})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

type _Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddressError(Exception):
    """We do not send there; the text says why and is fit for whoever chose the address."""


@dataclass(frozen=True, slots=True)
class Post:
    """A body to send, with its headers; `repr` leaves both out, since they are signed."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    allow_private: bool = False

    def __repr__(self) -> str:
        """Name the address only."""
        return f"Post({self.url})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: a status, or the reason why there is none."""

    status: int | None
    duration_ms: int
    error: str = ""
    answer: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether the receiver has taken it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own numbers


def post(message: Post) -> Outcome:
    """Send once and tell what came of it; never raises for what the receiver or the network does."""
    began = time.monotonic()
    status, error, answer = None, "", b""
    try:
        status, answer = _send(message, deadline=began + TOTAL_SECONDS)
        if time.monotonic() >= began + TOTAL_SECONDS:
            # What was cut off half-way may look like an answer.
            status, error, answer = None, _LATE, b""
    except ForbiddenAddressError as refused:
        error = str(refused)
    except (OSError, http.client.HTTPException, ValueError) as failure:
        error = _reason(failure, late=time.monotonic() - began >= TOTAL_SECONDS)
    return Outcome(status, int((time.monotonic() - began) * 1000), error, answer)


def check_url(url: str, *, allow_private: bool) -> None:
    """Judge an address before it is stored, without the network: its form, and the host where it is a number.

    Raises:
        ForbiddenAddressError: we would never send there.

    """
    parts = _parts(url, allow_private=allow_private)
    try:
        # A number in any spelling: dotted, decimal, octal, hexadecimal, IPv6.
        found = socket.getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        _refuse_local_name(parts.hostname or "", allow_private=allow_private)
        return
    _judge([str(each[4][0]) for each in found], allow_private=allow_private)


def is_public(address: str) -> bool:
    """Tell whether an address belongs to somebody on the internet; what hides another address is judged by it."""
    try:
        ip: _Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    while (inner := _hidden_in(ip)) is not None:
        ip = inner
    if str(ip) in _METADATA or ip.is_multicast or ip.is_reserved:
        return False
    return ip.is_global


def _hidden_in(ip: _Address) -> _Address | None:
    """Return the IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo or NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _parts(url: str, *, allow_private: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ForbiddenAddressError("not an address") from None
    if len(url) > LONGEST_URL or not re.fullmatch(r"[!-\[\]-~]+", url):
        raise ForbiddenAddressError("not an address in ASCII, of at most 500 characters")
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise ForbiddenAddressError("only https")
    if not parts.hostname or port == 0:
        raise ForbiddenAddressError("no host")
    if "@" in parts.netloc:
        raise ForbiddenAddressError("no user or password in the address")
    return parts


def _refuse_local_name(host: str, *, allow_private: bool) -> None:
    name = host.rstrip(".").lower()
    if not allow_private and ("." not in name or name.endswith((".localhost", ".local", ".internal"))):
        raise ForbiddenAddressError("a name of a private network")


def _judge(addresses: Sequence[str], *, allow_private: bool) -> None:
    if not addresses or (not allow_private and not all(is_public(address) for address in addresses)):
        raise ForbiddenAddressError("not an address of the public internet")


def _send(message: Post, *, deadline: float) -> tuple[int, bytes]:
    parts = _parts(message.url, allow_private=message.allow_private)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    _judge(addresses, allow_private=message.allow_private)
    with _connect(addresses, port) as plain, plain.dup() as handle:
        # The time-outs of a socket start anew with each byte; this does not.
        watch = threading.Timer(max(deadline - time.monotonic(), 0), _cut, [handle])
        watch.daemon = True
        watch.start()
        try:
            plain.settimeout(max(deadline - time.monotonic(), 0.1))
            if parts.scheme == "http":
                return _exchange(plain, message, parts)
            with _tls().wrap_socket(plain, server_hostname=host) as stream:
                return _exchange(stream, message, parts)
        finally:
            watch.cancel()


def _connect(addresses: Sequence[str], port: int) -> socket.socket:
    """Connect to the first address that answers, in a bounded time for all of them."""
    seconds = CONNECT_SECONDS / len(addresses)
    for address in addresses[:-1]:
        try:
            return socket.create_connection((address, port), timeout=seconds)
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), timeout=seconds)


def _cut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It has ended by itself.
        return


def _exchange(stream: socket.socket, message: Post, parts: SplitResult) -> tuple[int, bytes]:
    host = parts.netloc.lower().removesuffix(f":{_PORTS[parts.scheme]}")
    connection = http.client.HTTPConnection(host)
    connection.sock = stream
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.putrequest("POST", target, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": host, "Connection": "close", **message.headers}.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(message.body)))
    connection.endheaders(message.body)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read(LARGEST_ANSWER)
    except (OSError, http.client.HTTPException):
        # The status is what counts.
        return answer.status, b""


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


# The first that fits; `ssl.SSLError` and `socket.gaierror` are kinds of OSError.
_REASONS: Sequence[tuple[type[Exception], str]] = (
    (ssl.SSLCertVerificationError, "certificate not trusted"),
    (ssl.SSLError, "no TLS connection"),
    (socket.gaierror, "name not found"),
    (UnicodeError, "name not found"),
    (TimeoutError, _LATE),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionError, "connection broken"),
    (http.client.HTTPException, "connection broken"),
)


def _reason(failure: Exception, *, late: bool) -> str:
    """Name a failure without its text, which may hold addresses of ours."""
    if late:
        return _LATE
    return next((text for kind, text in _REASONS if isinstance(failure, kind)), "not reachable")
