"""What our staff are about to order for a partner. It lives in the address alone: nothing is stored until it is placed.

So it can be reloaded, gone back to and sent to a colleague, and its request id makes one order of it, however often it
is confirmed.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlencode

from catalog import queries as catalog
from catalog.queries import LineRequest
from orders.services.placement import MAX_LINES
from steller.errors import InvalidRequestError, NotFoundError, OrderTooLargeError
from steller.money import display
from steller.portal.shown_cart import ShownCart, ShownLine, price_lines
from wallets import queries as wallets

UNREADABLE = "This order cannot be read; begin it anew."
# `product_face value_cards`, and a dash between lines: none of these needs to be escaped in an address.
_LINE = re.compile(r"([0-9]{1,18})_([0-9]{1,10}(?:\.[0-9]{1,4})?)_([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Draft:
    """An order to be: whose, from which wallet, of what."""

    partner_id: int
    request_id: uuid.UUID
    wallet_id: int | None = None
    lines: tuple[LineRequest, ...] = ()

    @property
    def fields(self) -> dict[str, str]:
        """What a form or an address says of it."""
        return {
            "partner": str(self.partner_id),
            "request_id": str(self.request_id),
            "wallet": "" if self.wallet_id is None else str(self.wallet_id),
            "lines": "-".join(
                f"{line.product_id}_{display(line.face_value, places=0)}_{line.quantity}" for line in self.lines
            ),
        }

    @property
    def address(self) -> str:
        """What stands behind the question mark."""
        return urlencode(self.fields)

    def with_line(self, added: LineRequest) -> "Draft":
        """Add cards; of the same card at the same face value there is one line.

        Raises:
            OrderTooLargeError: that would be one line too many.

        """
        lines = list(self.lines)
        for index, line in enumerate(lines):
            if (line.product_id, line.face_value) == (added.product_id, added.face_value):
                lines[index] = replace(line, quantity=line.quantity + added.quantity)
                return replace(self, lines=tuple(lines))
        if len(lines) >= MAX_LINES:
            raise OrderTooLargeError(f"An order takes at most {MAX_LINES} lines.")
        return replace(self, lines=(*lines, added))

    def with_quantities(self, quantities: Sequence[str], *, without: str | None = None) -> "Draft":
        """Change the lines' numbers of cards, in their order; a line of none is gone, and the one at `without`.

        Raises:
            InvalidRequestError: not a whole number for each line.

        """
        if len(quantities) != len(self.lines) or not all(_is_number(text, longest=4) for text in quantities):
            raise InvalidRequestError("Give a whole number of cards for each line.")
        changed = (
            replace(line, quantity=int(text))
            for place, (line, text) in enumerate(zip(self.lines, quantities, strict=True))
            if int(text) and str(place) != without
        )
        return replace(self, lines=tuple(changed))


def read_draft(values: Mapping[str, str]) -> Draft | None:
    """Read what an address or a form says; nothing if it names no partner. A new one gets its request id.

    Raises:
        InvalidRequestError: it is not readable.

    """
    if not (partner := values.get("partner", "")):
        return None
    wallet, text = values.get("wallet", ""), values.get("request_id", "")
    if not _is_number(partner) or (wallet and not _is_number(wallet)):
        raise InvalidRequestError(UNREADABLE)
    try:
        request_id = uuid.UUID(text) if text else uuid.uuid4()
    except ValueError as error:
        raise InvalidRequestError(UNREADABLE) from error
    lines = values.get("lines", "")
    return Draft(
        partner_id=int(partner),
        request_id=request_id,
        wallet_id=int(wallet) if wallet else None,
        lines=tuple(map(_line, lines.split("-"))) if lines else (),
    )


def read_line(product: str, face_value: str, quantity: str) -> LineRequest:
    """Read which cards are wanted.

    Raises:
        InvalidRequestError: it is not readable.

    """
    value = face_value.strip().replace(",", ".").removesuffix(".")
    found = _LINE.fullmatch(f"{product}_{value}_{quantity.strip()}")
    if found is None:
        raise InvalidRequestError("Give a face value and a number of cards.")
    return LineRequest(int(found[1]), Decimal(found[2]), int(found[3]))


def shown_draft(draft: Draft) -> ShownCart:
    """Price a draft as the partner would pay it now. As many queries for many lines as for one.

    Raises:
        NotFoundError: the partner has no such wallet.

    """
    own = list(wallets.all_wallets().filter(partner=draft.partner_id).order_by("mode", "type", "pk"))
    wallet = next((each for each in own if each.pk == draft.wallet_id), None)
    if draft.wallet_id is not None and wallet is None:
        raise NotFoundError("No such wallet.")
    wallet = wallet or next(iter(own), None)
    products = catalog.product_list(partner_id=draft.partner_id).in_bulk([line.product_id for line in draft.lines])
    shown = [ShownLine(line, products.get(line.product_id)) for line in draft.lines]
    refusal = ""
    if wallet is not None:
        refusal = price_lines(
            shown, partner_id=draft.partner_id, mode=wallet.mode, currency=wallet.currency_id, wallet_id=wallet.pk
        )
    return ShownCart(draft.request_id, shown, own, wallet, refusal)


def _line(text: str) -> LineRequest:
    found = _LINE.fullmatch(text)
    if found is None:
        raise InvalidRequestError(UNREADABLE)
    return LineRequest(int(found[1]), Decimal(found[2]), int(found[3]))


def _is_number(text: str, *, longest: int = 18) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= longest
