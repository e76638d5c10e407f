"""Showing a partner its cards: decrypted and recorded in one transaction, whoever asks and through whichever page."""

import uuid
from collections.abc import Sequence

from django_subatomic.db import transaction

from orders import queries
from orders.queries import RevealedCard
from orders.services import reasons
from partners import services as partners


def reveal_cards(
    *, order_id: uuid.UUID, partner_id: int, actor: str, address: str | None, reference_id: str, reason: str = ""
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
                reason=reason,
                after={"cards": [str(card.id) for card in cards]},
                address=address,
                reference_id=reference_id,
            )
    return cards


def reveal_to_staff(
    *, order_id: uuid.UUID, actor: str, address: str | None, reference_id: str, reason: str
) -> Sequence[RevealedCard]:
    """Decrypt an order's cards for one of our staff, a suspended partner's too; the partner can see that, and why.

    Raises:
        DecryptionError: a card was altered, or its key is gone; nothing is shown.
        InvalidRequestError: no reason.
        NotFoundError: no such order.

    """
    why = reasons.checked(reason)
    return reveal_cards(
        order_id=order_id,
        partner_id=queries.any_order(order_id).partner_id,
        actor=actor,
        address=address,
        reference_id=reference_id,
        reason=why,
    )
