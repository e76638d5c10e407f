"""Taking an order: priced, its money held, stored, promised. One transaction, no network.

The order row is written first, so that `one_order_per_request_id` decides repeats; the wallet comes last, so
that a busy wallet is locked for the shortest time. The wake-up leaves after the commit.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

import structlog
from django_subatomic.db import run_after_commit, transaction

from catalog import queries as catalog
from catalog.queries import LineRequest, PricedLine
from orders.models import Order, OrderItem, OrderType
from orders.services import backlog, confirming, wakeups
from orders.states import LineStatus, OrderStatus
from steller import database
from steller.errors import (
    DomainError,
    InvalidRequestError,
    OrderTooLargeError,
    PriceExceededError,
    QuantityInvalidError,
    RequestIdReusedError,
)
from wallets import queries as wallet_queries
from wallets import services as wallets

_log = structlog.get_logger(__name__)
MAX_LINES = 100
MAX_CARDS = 5000
MAX_LINE_CARDS = 500

_INSERT = """
WITH placed AS (
    INSERT INTO orders_order (id, partner_id, wallet_id, mode, type, request_id, fingerprint, reference, currency,
                              sale_total, status, error, created_at, updated_at, created_by, updated_by)
    VALUES (%(id)s, %(partner_id)s, %(wallet_id)s, %(mode)s, %(type)s, %(request_id)s, %(fingerprint)s,
            %(reference)s, %(currency)s, %(sale_total)s, 'created', '', now(), now(), %(actor)s, %(actor)s)
    ON CONFLICT (partner_id, mode, request_id) DO NOTHING
    RETURNING id, number, created_at
), lines AS (
    INSERT INTO orders_orderitem (
        id, order_id, position, partner_id, account_id, product_id, supplier_product_id, brand_code, brand_name,
        product_name, picture_url, country, currency, supplier_currency, face_value, quantity, unit_price,
        sale_amount, unit_cost, break_even_cost, price_parts, status, on_hold_reason, error, queued_at, delivered,
        captured_amount, released_amount)
    SELECT line.id, placed.id, line.position, %(partner_id)s, line.account_id, line.product_id,
           line.supplier_product_id, line.brand_code, line.brand_name, line.product_name, line.picture_url,
           line.country, line.currency, line.supplier_currency, line.face_value, line.quantity, line.unit_price,
           line.sale_amount, line.unit_cost, line.break_even_cost, line.price_parts, 'waiting', '', '', now(), 0,
           0, 0
    FROM placed, jsonb_to_recordset(%(lines)s::jsonb) AS line(
        id uuid, position smallint, account_id bigint, product_id bigint, supplier_product_id int,
        brand_code text, brand_name text, product_name text, picture_url text, country text, currency text,
        supplier_currency text, face_value numeric, quantity smallint, unit_price numeric, sale_amount numeric,
        unit_cost numeric, break_even_cost numeric, price_parts jsonb)
)
SELECT number, created_at FROM placed
"""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a partner asks for; `request_id` is its own key, and the same request twice is one order."""

    request_id: uuid.UUID
    currency: str
    lines: tuple[LineRequest, ...]
    expected_total: Decimal | None = None
    reference: str = ""
    wallet_id: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The order that stands, and whether it stood before this request."""

    order: Order
    items: list[OrderItem]
    repeated: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an order would cost now, in the wallet's currency."""

    currency: str
    total: Decimal
    lines: list[PricedLine] = field(default_factory=list)


type _Within = Callable[[Order], None] | None


class _OrderedBeforeError(Exception):
    """This request id has its order: nothing was written."""


def place_order(
    *,
    partner_id: int,
    mode: str,
    request: OrderRequest,
    actor: str,
    type: str = OrderType.API,  # noqa: A002
    within: _Within = None,
) -> Placed:
    """Accept an order and hold its price, or return the order that this request made before.

    `within` is called with a new order, in its transaction, before its money is held.

    Raises:
        DomainError: one of the published refusals; nothing was stored and nothing is held.

    """
    fingerprint = _fingerprint(request)
    try:
        return _place(partner_id, mode, request, fingerprint, actor, type, within)
    except (DomainError, _OrderedBeforeError) as refusal:
        # A repeat gets its order whatever has become of the product, its price or the wallet since.
        repeated = _earlier(partner_id, mode, request.request_id, fingerprint)
        if repeated is None:
            raise
        _log.info("order_repeated", order_id=str(repeated.order.pk), refusal=refusal.__class__.__name__)
        return repeated


def estimate(*, partner_id: int, mode: str, request: OrderRequest) -> Estimate:
    """Price an order without placing it.

    Raises:
        DomainError: the refusal that placing it would meet, the wallet's balance apart.

    """
    _check_size(request.lines)
    wallet_queries.wallet_for_order(
        partner_id=partner_id, mode=mode, currency=request.currency, wallet_id=request.wallet_id
    )
    lines = catalog.price_lines(partner_id=partner_id, currency=request.currency, mode=mode, lines=request.lines)
    return Estimate(request.currency, _total(lines), lines)


def _place(
    partner_id: int, mode: str, request: OrderRequest, fingerprint: bytes, actor: str, kind: str, within: _Within
) -> Placed:
    _check_size(request.lines)
    backlog.refuse_when_full(partner_id=partner_id, mode=mode)
    wallet_id = wallet_queries.wallet_for_order(
        partner_id=partner_id, mode=mode, currency=request.currency, wallet_id=request.wallet_id
    )
    lines = catalog.price_lines(partner_id=partner_id, currency=request.currency, mode=mode, lines=request.lines)
    total = _total(lines)
    if request.expected_total is not None and total > request.expected_total:
        raise PriceExceededError(f"The order costs {total} {request.currency} now.", total=str(total))
    order = Order(
        id=uuid.uuid4(),
        partner_id=partner_id,
        wallet_id=wallet_id,
        mode=mode,
        type=kind,
        request_id=request.request_id,
        fingerprint=fingerprint,
        reference=request.reference,
        currency=request.currency,
        sale_total=total,
        status=OrderStatus.CREATED,
        created_by=actor,
        updated_by=actor,
    )
    items = [_item(order, position, line) for position, line in enumerate(lines)]
    with transaction():
        if not _insert(order, items, actor):
            raise _OrderedBeforeError
        if within is not None:
            within(order)
        if kind != OrderType.API:
            confirming.confirm(order, items)
        wallets.hold(
            wallet_id=wallet_id,
            amounts={item.hold_reference: item.sale_amount for item in items},
            actor=actor,
        )
        run_after_commit(partial(wakeups.order_accepted, order.id, mode=mode))
    return Placed(order, items, repeated=False)


def _check_size(lines: Sequence[LineRequest]) -> None:
    if not lines:
        raise InvalidRequestError("An order has at least one line", errors={"items": ["At least one line."]})
    if len(lines) > MAX_LINES:
        raise OrderTooLargeError(f"An order takes at most {MAX_LINES} lines; this one has {len(lines)}.")
    for index, line in enumerate(lines):
        if not 1 <= line.quantity <= MAX_LINE_CARDS:
            raise QuantityInvalidError(f"A line takes 1 to {MAX_LINE_CARDS} cards.", item=index)
    cards = sum(line.quantity for line in lines)
    if cards > MAX_CARDS:
        raise OrderTooLargeError(f"An order takes at most {MAX_CARDS} cards; this one has {cards}.")


def _total(lines: Sequence[PricedLine]) -> Decimal:
    return sum((line.sale_amount for line in lines), Decimal(0))


def _item(order: Order, position: int, line: PricedLine) -> OrderItem:
    return OrderItem(
        id=uuid.uuid4(),
        order=order,
        position=position,
        partner_id=order.partner_id,
        account_id=line.account_id,
        product_id=line.product_id,
        supplier_product_id=line.supplier_product_id,
        brand_code=line.brand_code,
        brand_name=line.brand_name,
        product_name=line.product_name,
        picture_url=line.picture_url,
        country=line.country,
        currency=line.currency,
        supplier_currency=line.supplier_currency,
        face_value=line.face_value,
        quantity=line.quantity,
        unit_price=line.unit_price,
        sale_amount=line.sale_amount,
        unit_cost=line.unit_cost,
        break_even_cost=line.break_even_cost,
        price_parts=line.parts,
        status=LineStatus.WAITING,
    )


_LINE_COLUMNS = (
    "id", "position", "account_id", "product_id", "supplier_product_id", "brand_code", "brand_name", "product_name",
    "picture_url", "country", "currency", "supplier_currency", "face_value", "quantity", "unit_price", "sale_amount",
    "unit_cost", "break_even_cost", "price_parts",
)  # fmt: skip


def _insert(order: Order, items: Sequence[OrderItem], actor: str) -> bool:
    """Write the order and its lines in one statement; False when the request id has an order already."""
    rows = [{name: getattr(item, name) for name in _LINE_COLUMNS} for item in items]
    with database.prepared_cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "id": order.id,
                "partner_id": order.partner_id,
                "wallet_id": order.wallet_id,
                "mode": order.mode,
                "type": order.type,
                "request_id": order.request_id,
                "fingerprint": bytes(order.fingerprint),
                "reference": order.reference,
                "currency": order.currency,
                "sale_total": order.sale_total,
                "actor": actor,
                "lines": json.dumps(rows, default=str),
            },
        )
        row = cursor.fetchone()
    if row is None:
        return False
    order.number, order.created_at = row
    return True


def _earlier(partner_id: int, mode: str, request_id: uuid.UUID, fingerprint: bytes) -> Placed | None:
    order = Order.objects.filter(partner=partner_id, mode=mode, request_id=request_id).first()
    if order is None:
        return None
    if bytes(order.fingerprint) != fingerprint:
        raise RequestIdReusedError("This request id belongs to an order with another body.")
    return Placed(order, list(order.items.all()), repeated=True)


def _fingerprint(request: OrderRequest) -> bytes:
    body: dict[str, Any] = {
        "currency": request.currency,
        "lines": [[line.product_id, _plain(line.face_value), line.quantity] for line in request.lines],
        "expected_total": None if request.expected_total is None else _plain(request.expected_total),
        "reference": request.reference,
        "wallet_id": request.wallet_id,
    }
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()


def _plain(amount: Decimal) -> str:
    """Write 10, 10.0 and 1E+1 alike: they are one body."""
    return f"{amount.normalize():f}"
