"""Accepts a checkout, or says why not: all checks, the stock, the funds and the order in one transaction."""

import json
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bamboo.sandbox import lifecycle
from bamboo.sandbox.errors import Refusal, out_of_stock, short_of_funds
from bamboo.sandbox.faults import Fault
from bamboo.sandbox.money import four_decimals, rate, unit_price
from bamboo.sandbox.reading import Checkout, Entry
from bamboo.sandbox.settings import Mode, SandboxSettings
from bamboo.sandbox.settlement import settle_due
from bamboo.sandbox.store import Store

MOST_CARDS = 500


@dataclass(frozen=True, slots=True)
class _Line:
    product: sqlite3.Row
    face_value: Decimal
    quantity: int
    unit_cost: Decimal

    @property
    def cost(self) -> Decimal:
        return four_decimals(self.unit_cost * self.quantity)


def accept(
    store: Store,
    *,
    mode: Mode,
    checkout: Checkout,
    settings: SandboxSettings,
    strike: Callable[[], Sequence[Fault]],
    now: float,
) -> int:
    """Accept a checkout and return the order's number.

    `strike` gives the faults for the order's life; it is asked only once the order is sure to be accepted.

    Raises:
        Refusal: it is not accepted, and nothing has changed.

    """
    with store.transaction():
        if not checkout.entries:
            raise Refusal("NoProducts")
        if sum(entry.quantity for entry in checkout.entries) > MOST_CARDS:
            raise Refusal("CardsLimitExceeded")
        if not settings.stock_before_duplicates:
            _refuse_duplicate(store, mode, checkout.request_id)
        account = _account(store, mode, checkout.account_id)
        lines = [_line(store, entry, str(account["currency"])) for entry in checkout.entries]
        _take_stock(store, lines)
        settle_due(store, now=now)
        cost = sum((line.cost for line in lines), Decimal(0))
        _require_funds(store, account, cost)
        _refuse_duplicate(store, mode, checkout.request_id)
        planned = lifecycle.plan(
            lines=[(int(line.product["id"]), line.quantity) for line in lines],
            settings=settings,
            faults=strike(),
        )
        order_id = _insert_order(store, mode, checkout, account, planned, cost=cost, now=now)
        _insert_lines(store, order_id, lines)
        _insert_cards(store, order_id, planned.cards, now)
        settle_due(store, now=now)
    return order_id


def _refuse_duplicate(store: Store, mode: Mode, request_id: uuid.UUID) -> None:
    if store.row("select id from orders where mode = ? and request_id = ?", (mode, str(request_id))):
        raise Refusal("OrderAlreadyExists")


def _account(store: Store, mode: Mode, account_id: int) -> sqlite3.Row:
    account = store.row("select * from accounts where id = ? and mode = ? and is_active", (account_id, mode))
    if account is None:
        raise Refusal("WrongAccount")
    return account


_PRODUCT = (
    "select products.*, brands.name as brand_name, brands.country, brands.currency as face_currency"
    " from products join brands on brands.id = products.brand_id where products.id = ? and not hidden"
)


def _line(store: Store, entry: Entry, currency: str) -> _Line:
    product = store.row(_PRODUCT, (entry.product_id or id_of_sku(entry.sku),))
    if product is None:
        raise _unknown(entry)
    if product["is_deleted"]:
        raise Refusal("InvalidProduct")
    smallest, largest = Decimal(product["face_min"]), Decimal(product["face_max"])
    if not smallest <= entry.value <= largest:
        raise Refusal("InvalidDenomination")
    if product["price_min"] is None or product["price_max"] is None:
        raise Refusal("ClientPriceInvalid")
    price = unit_price(
        entry.value,
        least=(smallest, Decimal(product["price_min"])),
        most=(largest, Decimal(product["price_max"])),
    )
    unit_cost = price * rate(product["price_currency"], currency)
    return _Line(product, entry.value, entry.quantity, unit_cost)


def sku_of(product_id: int) -> str:
    """Return the SKU by which version 2 names a product."""
    return f"SKU-{product_id}"


def id_of_sku(sku: str) -> int:
    """Return the product that a SKU names; 0 when it names none."""
    digits = sku.upper().removeprefix("SKU-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0  # noqa: PLR2004


def _unknown(entry: Entry) -> Refusal:
    if entry.sku:
        advice = "Ask your administrator to add it to catalog"
        return Refusal("InvalidProductIds", f"Product with sku {entry.sku} not found. {advice}")
    return Refusal("InvalidProductIds")


def _take_stock(store: Store, lines: Sequence[_Line]) -> None:
    for line in lines:
        product = line.product["id"]
        taken = store.change(
            "update products set count = count - ? where id = ? and (count is null or count >= ?)",
            (line.quantity, product, line.quantity),
        )
        if not taken:
            wanted = sum(each.quantity for each in lines if each.product["id"] == product)
            left = int(line.product["count"] or 0)
            raise out_of_stock(name=line.product["name"], requested=wanted, in_stock=left)


def _require_funds(store: Store, account: sqlite3.Row, cost: Decimal) -> None:
    row = store.row("select balance from accounts where id = ?", (account["id"],))
    balance = Decimal(row["balance"]) if row else Decimal(0)
    reserved = reserved_amount(store, int(account["id"]))
    if balance - reserved < cost:
        top_up = four_decimals(cost - (balance - reserved))
        raise short_of_funds(balance=four_decimals(balance), reserved=four_decimals(reserved), top_up=top_up)


def reserved_amount(store: Store, account_id: int) -> Decimal:
    """Return what an account's open orders may still cost."""
    rows = store.rows("select cost from orders where account_id = ? and settled = 0", (account_id,))
    return sum((Decimal(row["cost"]) for row in rows), Decimal(0))


def _insert_order(
    store: Store,
    mode: Mode,
    checkout: Checkout,
    account: sqlite3.Row,
    planned: lifecycle.Plan,
    *,
    cost: Decimal,
    now: float,
) -> int:
    try:
        return store.insert(
            "insert into orders (mode, request_id, account_id, currency, accepted_at, script, settle_at, cost)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                mode,
                str(checkout.request_id),
                account["id"],
                account["currency"],
                now,
                json.dumps(planned.script.as_json()),
                now + planned.settle_ms / 1000,
                str(cost),
            ),
        )
    except sqlite3.IntegrityError:
        # Another process shares the database and was faster.
        raise Refusal("OrderAlreadyExists") from None


def _insert_lines(store: Store, order_id: int, lines: Sequence[_Line]) -> None:
    rows = [
        (
            order_id,
            position,
            line.product["id"],
            line.product["name"],
            line.product["brand_name"],
            line.product["country"],
            line.product["face_currency"],
            str(line.face_value),
            line.quantity,
            str(line.unit_cost),
        )
        for position, line in enumerate(lines)
    ]
    store.insert_many("insert into lines values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _insert_cards(store: Store, order_id: int, cards: Sequence[lifecycle.CardPlan], now: float) -> None:
    expires = (datetime.fromtimestamp(now, UTC) + timedelta(days=365)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "7"
    last = store.row("select code from cards order by id desc limit 1")
    rows = [
        (
            order_id,
            card.line,
            str(uuid.uuid4()),
            last["code"] if last and card.repeats_code else uuid.uuid4().hex,
            f"{uuid.uuid4().int % 1000:03d}",
            expires,
            card.sold_ms,
            card.failed_ms,
            card.paused_until_ms,
            card.code_ms,
        )
        for card in cards
    ]
    store.insert_many(
        "insert into cards"
        " (order_id, line, serial, code, pin, expires_at, sold_ms, failed_ms, paused_until_ms, code_ms)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
