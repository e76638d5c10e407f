"""When missing cards count as missing for good. Only the supplier's final answer can say so, never a timer.

An order may be called Succeeded seconds before its cards appear, so a final status alone proves nothing: the
answer must account for every card, or say twice, a minute apart, the same thing with a matching charge.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from bamboo import schemas
from bamboo.schemas import CardStatus, OrderStatus
from orders.models import OrderItem, Purchase
from orders.services import identifying, review

STEADY_FOR = timedelta(seconds=60)
REVIEW_AFTER = timedelta(minutes=15)
# The supplier's exchange rates and rounding move a charge by less than this.
TOLERANCE = Decimal("1.01")


def is_accounted_for(purchase: Purchase, lines: Sequence[OrderItem], view: schemas.Order, *, at: datetime) -> bool:
    """Tell whether what is still missing of a locked purchase will not come; remembers what was seen."""
    if not view.is_final:
        purchase.final_at = None
        return False
    if purchase.final_at is None:
        purchase.final_at = at
    if _every_card_has_an_end(lines, view) or _nothing_was_sold(view):
        return True
    steady = _is_steady(purchase, view, at)
    if steady and view.total is not None and view.total <= _expected_cost(lines, view) * TOLERANCE:
        return True
    if at - purchase.final_at > REVIEW_AFTER:
        review.flag(purchase, "final at the supplier, but cards are missing", at=at, lasting=True)
    return False


def _every_card_has_an_end(lines: Sequence[OrderItem], view: schemas.Order) -> bool:
    """Each card that we ordered was sold to us, with a code, or failed."""
    ordered: dict[int, int] = defaultdict(int)
    for line in lines:
        ordered[line.supplier_product_id] += line.quantity
    for item, sold in zip(view.items, _sold_cards(view), strict=True):
        ended = sold + sum(1 for card in item.cards if card.status is CardStatus.FAILED)
        if ended != item.quantity:
            return False
        ordered[item.product_id] -= ended
    return not any(ordered.values())


def _sold_cards(view: schemas.Order) -> Sequence[int]:
    """Count the cards that were sold to us in each item; one that is shown twice is one."""
    sold = [[card for card in item.cards if card.status is CardStatus.SOLD and card.card_code] for item in view.items]
    ids = iter(identifying.ids_to_store([card for cards in sold for card in cards], known={}))
    seen: set[int] = set()
    counts: list[int] = []
    for cards in sold:
        before = len(seen)
        seen.update(islice(ids, len(cards)))
        counts.append(len(seen) - before)
    return counts


def _nothing_was_sold(view: schemas.Order) -> bool:
    sold = any(card.status is CardStatus.SOLD or card.card_code for item in view.items for card in item.cards)
    charged = view.total or view.has_unread_total
    return view.status is OrderStatus.FAILED and not sold and not charged


def _is_steady(purchase: Purchase, view: schemas.Order, at: datetime) -> bool:
    cards = sorted(f"{card.id}:{card.status}:{bool(card.card_code)}" for item in view.items for card in item.cards)
    seen = hashlib.sha256(f"{view.status}|{view.total}|{cards}".encode()).hexdigest()
    if purchase.seen != seen or purchase.seen_at is None:
        purchase.seen, purchase.seen_at = seen, at
    return at - purchase.seen_at >= STEADY_FOR


def _expected_cost(lines: Sequence[OrderItem], view: schemas.Order) -> Decimal:
    """Sum what the cards that were sold to us should have cost."""
    by_value = {(line.supplier_product_id, line.face_value): line.unit_cost for line in lines}
    dearest: dict[int, Decimal] = {}
    for line in lines:
        dearest[line.supplier_product_id] = max(line.unit_cost, dearest.get(line.supplier_product_id, Decimal(0)))
    return sum(
        (
            by_value.get((item.product_id, item.face_value), dearest.get(item.product_id, Decimal(0))) * sold
            for item, sold in zip(view.items, _sold_cards(view), strict=True)
        ),
        Decimal(0),
    )
