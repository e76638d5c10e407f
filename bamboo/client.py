"""The only way we speak to the supplier: one method for each of its endpoints.

No call is ever repeated in here, and no redirect followed: whether a call may be made again is the caller's knowledge.
Limits are the caller's too (`bamboo.limits`). Every call has a deadline in all, beside the time-outs of the socket,
because those start anew with each byte that arrives.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import requests
import urllib3

from bamboo.bodies import checkout_body, decoded, is_blank, names, rows
from bamboo.errors import BambooError, NotSent, OrderNotFound, OutcomeUnknown, Unclassified
from bamboo.refusals import BAD_REQUEST, error_from
from bamboo.schemas import (
    CatalogPage,
    Category,
    CheckoutEntry,
    Country,
    ExchangeRates,
    NotificationSettings,
    Order,
    TransactionReport,
    UnreadableAnswer,
)
from bamboo.schemas.accounts import Accounts, accounts_from
from bamboo.schemas.fields import readable

CONNECT_SECONDS = 3.0
CHECKOUT_SECONDS = 20.0
ORDER_SECONDS = 10.0
CATALOG_V1_SECONDS = 180.0
REPORT_SECONDS = 180.0
OTHER_SECONDS = 15.0

LARGEST_BODY = 64 * 1024 * 1024

# Larger ones cost nothing: a read returns with what has arrived.
_CHUNK = 256 * 1024
_SUCCESS = (200, 201)
_NO_CONTENT = 204
# An empty body says something with these.
_MAY_BE_EMPTY = (*_SUCCESS, BAD_REQUEST)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, and seconds in all (the connecting included) for each kind of call."""

    connect: float = CONNECT_SECONDS
    checkout: float = CHECKOUT_SECONDS
    order: float = ORDER_SECONDS
    catalog_v1: float = CATALOG_V1_SECONDS
    report: float = REPORT_SECONDS
    other: float = OTHER_SECONDS


# Takes the body of an answer before it is read, so that it can be looked at when it cannot be understood.
type Keep = Callable[[bytes], None]
type _Query = Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_known_to_be_whole(self) -> bool:
        """Tell whether the answer said how long it is; else a broken connection looks like its end."""
        return "Content-Length" in self.headers or "Transfer-Encoding" in self.headers


class BambooClient:
    """A client for one pair of credentials. Safe to share between threads; connections are kept open.

    Every method raises a `BambooError`, whose class says what to do next, unless the supplier did what was asked.
    """

    def __init__(
        self,
        *,
        base_url: str,
        client_id: str,
        client_secret: str,
        session: requests.Session | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Take the address and credentials; a `session` of one's own decides how requests travel."""
        self._base_url = base_url.rstrip("/")
        self._auth = requests.auth.HTTPBasicAuth(client_id, client_secret)
        self._session = session or requests.Session()
        self._timeouts = timeouts or Timeouts()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def catalog_page(
        self,
        *,
        page_index: int,
        page_size: int = 100,
        modified_after: date | None = None,
        product_id: int | None = None,
        keep: Keep | None = None,
    ) -> CatalogPage:
        """Return one page of the catalog (version 2); the first has index 0. The page may be smaller than asked for."""
        query: dict[str, str] = {"PageIndex": str(page_index), "PageSize": str(page_size)}
        if modified_after is not None:
            query["ModifiedDate"] = modified_after.isoformat()
        if product_id is not None:
            query["ProductId"] = str(product_id)
        answer = self._get("v2.0/catalog", query=query, keep=keep)
        return _understood(answer, lambda raw: CatalogPage.read(raw, items="items", page_index=page_index))

    def catalog_v1(self, *, keep: Keep | None = None) -> CatalogPage:
        """Return the whole catalog as a single page (version 1, which takes minutes and may be asked twice an hour)."""
        answer = self._get("v1.0/catalog", seconds=self._timeouts.catalog_v1, keep=keep)
        return _understood(answer, lambda raw: CatalogPage.read(raw, items="brands"))

    def categories(self, *, keep: Keep | None = None) -> tuple[Category, ...]:
        """Return all categories that can be read."""
        answer = self._get("v2.0/categories", keep=keep)
        return _understood(answer, lambda raw: readable(rows(raw), Category.read))

    def countries(self, *, keep: Keep | None = None) -> tuple[Country, ...]:
        """Return all countries of the catalog that can be read."""
        answer = self._get("v2.0/catalog-countries", keep=keep)
        return _understood(answer, lambda raw: readable(rows(raw), Country.read))

    def accounts(self) -> Accounts:
        """Return our accounts with their balances."""
        answer = self._get("v1.0/accounts")
        return _understood(answer, accounts_from)

    def checkout(self, *, request_id: uuid.UUID, account_id: int, entries: Sequence[CheckoutEntry]) -> None:
        """Buy. Returns when the supplier has accepted this RequestId, which says nothing about its cards yet.

        Raises:
            AlreadyPlaced: it accepted this RequestId earlier.
            OrderRefused, FloatShort, Misconfigured, OurFault, RateLimited: it did not accept, for that reason.
            NotSent: the call never left.
            OutcomeUnknown, Unclassified: it may or may not have accepted; read the order.

        """
        body = checkout_body(request_id=request_id, account_id=account_id, entries=entries)
        answer = self._call("POST", "v1.0/orders/checkout", seconds=self._timeouts.checkout, body=body)
        if answer.status not in _SUCCESS:
            raise _error(answer)
        if not names(answer.body, request_id):
            raise OutcomeUnknown("unexpected_answer", http_status=answer.status)

    def order(self, *, request_id: uuid.UUID) -> Order:
        """Return the order of this RequestId as it is now.

        Raises:
            OrderNotFound: the supplier shows no such order, which it may still do later.

        """
        answer = self._call("GET", f"v1.0/orders/{request_id}", seconds=self._timeouts.order)
        if answer.status in _MAY_BE_EMPTY and not answer.body and not answer.is_known_to_be_whole:
            raise Unclassified("nothing_shown", http_status=answer.status)
        if answer.status == _NO_CONTENT or (answer.status in _SUCCESS and is_blank(answer.body)):
            raise OrderNotFound("nothing_shown", http_status=answer.status)
        if answer.status not in _SUCCESS:
            raise _error(answer, reading_order=True)
        order = _understood(answer, Order.read)
        if order.is_blank:
            raise OrderNotFound("nothing_shown", http_status=answer.status)
        if order.request_id not in (None, request_id):
            raise OutcomeUnknown("another_order", http_status=answer.status)
        return order

    def exchange_rates(self, *, base: str = "", currency: str = "") -> ExchangeRates:
        """Return the rates of a base currency (the supplier's own choice: USD), all of them or that of one currency."""
        query = {"baseCurrency": base, "currency": currency}
        answer = self._get("v1.0/exchange-rates", query={name: value for name, value in query.items() if value})
        return _understood(answer, ExchangeRates.read)

    def transactions(self, *, first_day: date, last_day: date) -> TransactionReport:
        """Return what was taken from our accounts and put into them on these days, both included.

        May be asked four times an hour. The supplier's days are in a zone that it does not tell.
        """
        query = {"startDate": first_day.isoformat(), "endDate": last_day.isoformat()}
        answer = self._get("v1/transactions", query=query, seconds=self._timeouts.report)
        return _understood(answer, TransactionReport.read)

    def notification_settings(self) -> NotificationSettings:
        """Return where the supplier sends its classic callbacks."""
        return _understood(self._get("v1.0/notification"), NotificationSettings.read)

    def set_notification_settings(self, wanted: NotificationSettings) -> NotificationSettings:
        """Have the supplier send its classic callbacks there; the answer is what it has understood."""
        body = json.dumps(wanted.body).encode()
        answer = self._call("POST", "v1.0/notification", seconds=self._timeouts.other, body=body)
        if answer.status not in _SUCCESS:
            raise _error(answer)
        return _understood(answer, NotificationSettings.read)

    def _get(
        self, path: str, *, query: _Query = None, seconds: float | None = None, keep: Keep | None = None
    ) -> _Answer:
        answer = self._call("GET", path, query=query, seconds=seconds or self._timeouts.other)
        if answer.status not in _SUCCESS:
            raise _error(answer)
        if keep is not None:
            keep(answer.body)
        return answer

    def _call(
        self,
        method: str,
        path: str,
        *,
        seconds: float,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> _Answer:
        deadline = time.monotonic() + seconds
        connect = min(self._timeouts.connect, seconds)
        try:
            response = self._session.request(
                method,
                f"{self._base_url}/api/integration/{path}",
                params=query,
                data=body,
                headers={"Accept": "application/json", "Content-Type": "application/json"},
                auth=self._auth,
                timeout=(connect, max(seconds - connect, 0.001)),
                allow_redirects=False,
                stream=True,
            )
            with response:
                return _Answer(response.status_code, response.headers, _body(response, deadline))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _failure(error) from None


def _body(response: requests.Response, deadline: float) -> bytes:
    """Read the body within the deadline and the size cap; each read returns with the bytes that have arrived."""
    connection = getattr(response.raw, "connection", None)
    socket = getattr(connection, "sock", None)
    received = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise OutcomeUnknown("timeout", http_status=response.status_code)
        if socket is not None:
            # Never less than a second, because the next call that uses this connection inherits it while it sends.
            socket.settimeout(max(left, 1.0))
        chunk = response.raw.read1(_CHUNK, decode_content=True)
        if not chunk:
            break
        received += chunk
        if len(received) > LARGEST_BODY:
            raise OutcomeUnknown("body_too_large", http_status=response.status_code)
    # All has been read; this only hands the connection back for the next call.
    response.raw.drain_conn()
    return bytes(received)


def _failure(error: Exception) -> BambooError:
    """Tell a connection that was never made from one that broke. The error's text is dropped: it holds the address."""
    if isinstance(error, requests.ConnectTimeout):
        return NotSent("connect_timeout")
    if isinstance(error, requests.ConnectionError) and _never_connected(error):
        return NotSent("not_connected")
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return OutcomeUnknown("timeout")
    return OutcomeUnknown("connection_broken")


def _never_connected(error: requests.ConnectionError) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), urllib3.exceptions.NewConnectionError)


def _error(answer: _Answer, *, reading_order: bool = False) -> BambooError:
    return error_from(status=answer.status, headers=answer.headers, body=answer.body, reading_order=reading_order)


def _understood[Value](answer: _Answer, read: Callable[[object], Value]) -> Value:
    try:
        return read(decoded(answer.body))
    except UnreadableAnswer:
        raise OutcomeUnknown("unreadable_answer", http_status=answer.status) from None
