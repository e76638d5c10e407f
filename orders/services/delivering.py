"""Cards from a read of the supplier's order: stored first, then given to lines, each card once.

This is the first of the two steps of settling. It touches the purchase, its lines and its cards; no wallet and
no order. It says of each line when the supplier's last word on it is in (`decided_at`); `settlement` does the
rest. While the order is not final a line gets cards only when they complete it, so a slow card delays its own
line only.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django_subatomic.db import transaction_required

from bamboo import schemas
from bamboo.schemas import CardStatus
from orders.models import Card, OrderItem, Purchase
from orders.services import identifying, parting, review, shortfalls
from orders.states import LineStatus, PurchaseStatus
from steller import encryption
from steller.money import to_ledger

type _Key = tuple[int, Decimal]


@dataclass(slots=True)
class _Stock:
    """The purchase's cards that no line has yet, by product and face value, and what is new among them."""

    free: dict[_Key, list[Card]] = field(default_factory=lambda: defaultdict(list))
    new: list[Card] = field(default_factory=list)
    # Stored by an earlier read, given to a line by this one.
    reused: list[Card] = field(default_factory=list)


@transaction_required
def deliver(purchase: Purchase, view: schemas.Order, *, at: datetime) -> set[uuid.UUID]:
    """Store what a read shows of a locked, placed purchase; the answer is the orders with something to settle."""
    lines = sorted(
        OrderItem.objects.select_for_update(no_key=True).filter(purchase=purchase).order_by("pk"),
        key=parting.fair_order,
    )
    if _shows_other_lines(lines, view):
        review.flag(purchase, "the supplier's order has other lines", at=at, freeze=True)
        purchase.save()
        return set()
    purchase.supplier_order_id = view.order_id or purchase.supplier_order_id
    stock = _take_in(purchase, lines, view, at)
    open_lines = [line for line in lines if line.status == LineStatus.PURCHASING and line.decided_at is None]
    _complete(open_lines, stock, at)
    still_open = [line for line in open_lines if line.decided_at is None]
    if still_open and shortfalls.is_accounted_for(purchase, lines, view, at=at):
        _decide(purchase, still_open, stock, at)
    _save(stock, open_lines)
    if view.is_final and all(line.decided_at for line in lines):
        _finish(purchase, lines, view, stock, at)
    purchase.save()
    return {line.order_id for line in open_lines if line.decided_at}


@transaction_required
def give_up(purchase: Purchase, view: schemas.Order | None, *, at: datetime) -> set[uuid.UUID]:
    """Take in the cards of a last look at a locked, placed purchase, and call all others missing: a person said so.

    What no line can take is kept without one. The answer is the orders with something to settle.
    """
    lines = sorted(
        OrderItem.objects.select_for_update(no_key=True).filter(purchase=purchase).order_by("pk"),
        key=parting.fair_order,
    )
    stock = _take_in(purchase, lines, view, at)
    open_lines = [line for line in lines if line.status == LineStatus.PURCHASING and line.decided_at is None]
    _complete(open_lines, stock, at)
    _call_missing([line for line in open_lines if line.decided_at is None], stock, at)
    _save(stock, open_lines)
    _finish(purchase, lines, view, stock, at)
    purchase.save()
    return {line.order_id for line in lines}


@transaction_required
def keep_late(purchase: Purchase, view: schemas.Order, *, at: datetime) -> int:
    """Keep cards that a locked purchase shows after its end: they are ours, and a person must say what for."""
    lines = list(OrderItem.objects.filter(purchase=purchase))
    stock = _take_in(purchase, lines, view, at)
    if stock.new:
        _save(stock, [])
        review.flag(purchase, "cards came after its end", at=at)
        purchase.save()
    return len(stock.new)


def hand_over(card: Card, line: OrderItem) -> None:
    """Give a stored card to a line: its secrets are bound to their new place. The caller saves it."""
    _open(card)
    card.item = line
    _seal(card)


def _shows_other_lines(lines: Sequence[OrderItem], view: schemas.Order) -> bool:
    ours = {line.supplier_product_id for line in lines}
    return any(item.product_id not in ours for item in view.items)


# --- Taking cards in ---------------------------------------------------------------------------------------
def _take_in(purchase: Purchase, lines: Sequence[OrderItem], view: schemas.Order | None, at: datetime) -> _Stock:
    stock = _Stock()
    known: dict[int, bytes] = {}
    for card in Card.objects.filter(purchase=purchase):
        known[card.supplier_card_id] = bytes(card.code_index)
        if card.item_id is None and not card.is_duplicate and card.status == Card.Status.SOLD:
            stock.free[card.supplier_product_id, card.face_value].append(card)
    keys = {(line.supplier_product_id, line.face_value) for line in lines}
    sold = [
        (each, _key(item, keys))
        for item in (view.items if view else ())
        for each in item.cards
        if each.status is CardStatus.SOLD and each.card_code
    ]
    ids = identifying.ids_to_store([each for each, _ in sold], known=known)
    for card_id, (each, key) in zip(ids, sold, strict=True):
        if card_id not in known:
            card = _card(purchase, each, key, card_id=card_id)
            known[card_id] = bytes(card.code_index)
            stock.new.append(card)
        elif known[card_id] != identifying.code_index(each):
            review.flag(purchase, "a card's code has changed", at=at, lasting=True)
    _mark_duplicates(purchase, stock.new, at)
    for card in stock.new:
        if not card.is_duplicate:
            stock.free[card.supplier_product_id, card.face_value].append(card)
    return stock


def _key(item: schemas.OrderItem, keys: set[_Key]) -> _Key:
    """Match on product and face value; where only the value differs and is the product's only one, on product."""
    exact = (item.product_id, item.face_value)
    if exact in keys:
        return exact
    same_product = [key for key in keys if key[0] == item.product_id]
    return same_product[0] if len(same_product) == 1 else exact


def _card(purchase: Purchase, sold: schemas.Card, key: _Key, *, card_id: int) -> Card:
    """Make an unsaved card whose secrets are still plain; `_seal` encrypts them before it is stored."""
    return Card(
        purchase=purchase,
        supplier_card_id=card_id,
        supplier_product_id=key[0],
        face_value=key[1],
        # PostgreSQL's text knows no NUL.
        serial_number=(sold.serial_number or "").replace("\0", "")[:200],
        code=sold.card_code or "",
        pin=sold.pin or "",
        code_index=identifying.code_index(sold),
        expires_at=sold.expires_at,
    )


def _mark_duplicates(purchase: Purchase, cards: Sequence[Card], at: datetime) -> None:
    """Keep a code that was delivered before from being delivered again; a person asks the supplier."""
    seen = {
        bytes(index)
        for index in Card.objects.filter(
            code_index__in=[card.code_index for card in cards], is_duplicate=False
        ).values_list("code_index", flat=True)
    }
    for card in cards:
        card.is_duplicate = bytes(card.code_index) in seen
        seen.add(bytes(card.code_index))
        if card.is_duplicate:
            review.flag(purchase, "one code was delivered twice", at=at)


# --- Giving them to lines ----------------------------------------------------------------------------------
def _complete(lines: Sequence[OrderItem], stock: _Stock, at: datetime) -> None:
    for line in lines:
        free = stock.free[line.supplier_product_id, line.face_value]
        if len(free) >= line.quantity:
            _give(line, stock, line.quantity)
            line.decided_at = at


def _decide(purchase: Purchase, lines: Sequence[OrderItem], stock: _Stock, at: datetime) -> None:
    """Say the last word on what is still open, unless cards came that we cannot place."""
    ours = {(line.supplier_product_id, line.face_value) for line in lines}
    if any(cards for key, cards in stock.free.items() if key not in ours):
        review.flag(purchase, "cards came that match no line", at=at, lasting=True)
        return
    _call_missing(lines, stock, at)


def _call_missing(lines: Sequence[OrderItem], stock: _Stock, at: datetime) -> None:
    _give_rest(lines, stock)
    for line in lines:
        line.decided_at = at
        if line.delivered < line.quantity:
            line.error = "not_delivered"


def _give_rest(lines: Sequence[OrderItem], stock: _Stock) -> None:
    """Give the first open lines what no line could be completed with: the order is over."""
    for line in lines:
        free = stock.free[line.supplier_product_id, line.face_value]
        _give(line, stock, min(len(free), line.quantity))


def _give(line: OrderItem, stock: _Stock, count: int) -> None:
    free = stock.free[line.supplier_product_id, line.face_value]
    fresh = {card.pk for card in stock.new}
    for card in free[:count]:
        if card.pk not in fresh:
            _open(card)
            stock.reused.append(card)
        card.item = line
    del free[:count]
    line.delivered += count


def _open(card: Card) -> None:
    """Bring a stored card's secrets back to plain text, to be sealed for its line."""
    ring = encryption.card_keys()
    card.code = ring.decrypt(card.code, place=card.place("code"))
    card.pin = ring.decrypt(card.pin, place=card.place("pin")) if card.pin else ""


def _seal(card: Card) -> None:
    ring = encryption.card_keys()
    card.code = ring.encrypt(card.code, place=card.place("code"))
    card.pin = ring.encrypt(card.pin, place=card.place("pin")) if card.pin else ""


def _save(stock: _Stock, lines: Sequence[OrderItem]) -> None:
    given = [line for line in lines if line.decided_at]
    OrderItem.objects.bulk_update(given, ["delivered", "decided_at", "error"])
    for card in [*stock.new, *stock.reused]:
        _seal(card)
    Card.objects.bulk_create(stock.new)
    Card.objects.bulk_update(stock.reused, ["item", "code", "pin"])


# --- The end -----------------------------------------------------------------------------------------------
def _finish(
    purchase: Purchase, lines: Sequence[OrderItem], view: schemas.Order | None, stock: _Stock, at: datetime
) -> None:
    purchase.move_to(PurchaseStatus.SETTLED)
    purchase.final_at = purchase.settled_at = at
    purchase.next_check_at = None
    purchase.total = None if view is None or view.total is None else to_ledger(view.total)
    if any(stock.free.values()):
        review.flag(purchase, "more cards than ordered", at=at)
    if purchase.total is not None:
        _share(purchase.total, [line for line in lines if line.delivered])
        OrderItem.objects.bulk_update(lines, ["supplier_amount"])


def _share(total: Decimal, lines: Sequence[OrderItem]) -> None:
    """Share what was charged by expected cost; the remainder of rounding goes to the largest share."""
    expected = {line.pk: line.unit_cost * line.delivered for line in lines}
    whole = sum(expected.values(), Decimal(0))
    if not whole:
        return
    for line in lines:
        line.supplier_amount = to_ledger(total * expected[line.pk] / whole)
    largest = max(lines, key=lambda line: expected[line.pk])
    shared = sum((line.supplier_amount or Decimal(0) for line in lines), Decimal(0))
    largest.supplier_amount = (largest.supplier_amount or Decimal(0)) + total - shared
