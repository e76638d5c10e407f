"""Ids for the cards of an order, so that a card is stored once however often the supplier shows it.

The supplier gives each card an id. Should one have none, or share it with another card of its order, then what is
on the card is its name: a keyed fingerprint of serial number, code and PIN, below zero, where no id of the supplier is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bamboo import schemas
from steller import encryption

_LARGEST = 2**63 - 1


def ids_to_store(cards: Sequence[schemas.Card], *, known: Mapping[int, bytes]) -> list[int]:
    """Return the id to store for each of the sold cards of one order.

    `known` are the ids that are stored already, each with the blind index of its card's code. A card that comes again
    gets the id that it has, even if the supplier left its id out this time, or another read.
    """
    codes: dict[int, set[bytes]] = defaultdict(set)
    for card in cards:
        codes[card.id].add(code_index(card))
    shared = {number for number, indexes in codes.items() if number == 0 or len(indexes) > 1}
    return [_id_of(card, known, shared) for card in cards]


def _id_of(card: schemas.Card, known: Mapping[int, bytes], shared: set[int]) -> int:
    made_up = _made_up(card)
    if made_up in known:
        return made_up
    if card.id not in shared:
        return card.id
    index = code_index(card)
    if known.get(card.id) == index:
        return card.id
    return next((number for number, other in known.items() if other == index and card.id == 0), made_up)


def code_index(card: schemas.Card) -> bytes:
    """Return the blind index of a card's code."""
    return encryption.card_keys().fingerprint(card.card_code or "")


def _made_up(card: schemas.Card) -> int:
    printed = "\x1f".join(("card", card.serial_number or "", card.card_code or "", card.pin or ""))
    digest = encryption.card_keys().fingerprint(printed)
    return -1 - int.from_bytes(digest[:8]) % _LARGEST
