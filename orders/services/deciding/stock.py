"""Cards without a line: given to a line that waits for the same, or written off.

Only cards of a purchase that is over are stock; those of an open one still belong to its own lines.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from django_subatomic.db import durable, transaction, transaction_required

from orders.models import Card, OrderItem, Purchase
from orders.services import delivering, reasons, suspending
from orders.services.deciding.lines import finish_line
from orders.services.deciding.locking import locked_line
from orders.states import OPEN_PURCHASES, LineStatus
from partners import services as partners
from steller import database
from steller.errors import InvalidRequestError, NotFoundError, StateConflictError

_TAKES_STOCK = frozenset({LineStatus.WAITING, LineStatus.ON_HOLD})
MOST_CARDS = 500


@durable
def assign_cards(*, line_id: uuid.UUID, card_ids: Collection[uuid.UUID], actor: str, reason: str) -> OrderItem:
    """Deliver a line that nobody has bought yet from stock: all of it, with cards of its product and face value.

    Raises:
        InvalidRequestError: no reason, or not as many cards as the line asks for.
        NotFoundError: no such line or card.
        StateConflictError: the line is bought, the cards are not stock, or they are of another kind.

    """
    why = reasons.checked(reason)
    with transaction():
        cards = _locked_cards(card_ids)
        order, lines, line = locked_line(line_id)
        if len(cards) == line.delivered and all(card.item_id == line.pk for card in cards):
            # Assigned before.
            return line
        _require_fit(line, cards)
        at = database.now()
        _deliver(line, cards, at)
        partners.record_audit(
            action="line.assign",
            subject=f"order:{order.pk}",
            actor=actor,
            partner_id=order.partner_id,
            reason=why,
            after={"line": str(line.pk), "cards": [str(card.pk) for card in cards]},
        )
        finish_line(order, lines, line, at=at, actor=actor, reason=why)
    return line


@durable
def write_off_cards(*, card_ids: Collection[uuid.UUID], actor: str, reason: str) -> int:
    """Take cards without a line off the review list as a loss; return how many were on it. They stay stored.

    Raises:
        InvalidRequestError: no reason, no cards, or too many.
        NotFoundError: no such card.
        StateConflictError: one belongs to a line, or may still get one.

    """
    why = reasons.checked(reason)
    with transaction():
        cards = _locked_cards(card_ids)
        for card in cards:
            _require_stock(card)
        fresh = [card for card in cards if card.status != Card.Status.WRITTEN_OFF]
        Card.objects.filter(pk__in=[card.pk for card in fresh]).update(status=Card.Status.WRITTEN_OFF)
        for card in fresh:
            partners.record_audit(
                action="card.write_off",
                subject=f"card:{card.pk}",
                actor=actor,
                reason=why,
                after={"purchase": str(card.purchase_id), "duplicate": card.is_duplicate},
            )
    return len(fresh)


@transaction_required
def _locked_cards(card_ids: Collection[uuid.UUID]) -> Sequence[Card]:
    """Return cards under the locks of their purchases, which everybody holds who gives a card to a line."""
    wanted = set(card_ids)
    if not 0 < len(wanted) <= MOST_CARDS:
        wrong = [f"1 to {MOST_CARDS} cards."]
        raise InvalidRequestError(f"Name 1 to {MOST_CARDS} cards.", errors={"card_ids": wrong})
    purchases = Purchase.objects.filter(cards__in=wanted).values("pk")
    list(Purchase.objects.select_for_update().filter(pk__in=purchases).order_by("pk"))
    cards = list(Card.objects.select_related("purchase").filter(pk__in=wanted).order_by("pk"))
    if len(cards) != len(wanted):
        raise NotFoundError("No such card.")
    return cards


def _require_stock(card: Card) -> None:
    if card.item_id is not None:
        raise StateConflictError(f"The card {card.pk} belongs to a line.")
    if card.purchase.status in OPEN_PURCHASES and not card.is_duplicate:
        raise StateConflictError(f"The purchase of the card {card.pk} is still open: its own lines come first.")


def _require_fit(line: OrderItem, cards: Sequence[Card]) -> None:
    for card in cards:
        _require_stock(card)
        if card.is_duplicate or card.status != Card.Status.SOLD:
            raise StateConflictError(f"The card {card.pk} is no stock: its code was delivered, or it is written off.")
        if (card.supplier_product_id, card.face_value) != (line.supplier_product_id, line.face_value):
            raise StateConflictError(f"The card {card.pk} is of another product or face value.")
    if line.status not in _TAKES_STOCK or line.on_hold_reason == suspending.PARTNER_SUSPENDED:
        raise StateConflictError("Only a line that waits, or is on hold for its cost, takes cards from stock.")
    if len(cards) != line.quantity:
        wrong = [f"The line takes {line.quantity} cards, all of them at once."]
        raise InvalidRequestError("The number of cards is not the line's.", errors={"card_ids": wrong})


def _deliver(line: OrderItem, cards: Sequence[Card], at: datetime) -> None:
    for card in cards:
        delivering.hand_over(card, line)
    Card.objects.bulk_update(cards, ["item", "code", "pin"])
    line.delivered = line.quantity
    line.decided_at = at
    line.on_hold_reason = ""
