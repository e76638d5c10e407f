"""Showing a partner its cards: decrypted and recorded in one transaction, whoever asks and through whichever page."""

import uuid
from collections.abc import Sequence

from django_subatomic.db import transaction

from orders import queries
from orders.queries import RevealedCard
from partners import services as partners


def reveal_cards(
    *, order_id: uuid.UUID, partner_id: int, actor: str, address: str | None, reference_id: str
) -> Sequence[RevealedCard]:
    """Decrypt the cards of an order's settled lines; the caller has checked whose order it is.

    Raises:
        DecryptionError: a card was altered, or its key is gone; nothing is shown.

    """
    with transaction():
        cards = queries.revealed_cards(order_id)
        if cards:
            partners.record_audit(
                action="card.reveal",
                subject=f"order:{order_id}",
                actor=actor,
                partner_id=partner_id,
                after={"cards": [str(card.id) for card in cards]},
                address=address,
                reference_id=reference_id,
            )
    return cards
