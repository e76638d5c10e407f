"""The cart as its page shows it: each line with its price now or why it cannot be had, and what is left to pay with."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog import queries as catalog
from catalog.queries import LineRequest, PricedLine
from orders import queries as orders
from orders.services import placement
from orders.services.placement import OrderRequest
from steller.errors import DomainError
from wallets import queries as wallets

# A cart with more faulty lines than that is priced when some were removed.
_MOST_FAULTS = 5


@dataclass(slots=True)
class ShownLine:
    """One line of the cart."""

    line: Any
    product: Any
    price: PricedLine | None = None
    refusal: str = ""

    @property
    def earlier_price(self) -> Decimal | None:
        """What one card cost when it was put into the cart, if that is not what it costs now."""
        same_currency = self.price is not None and bool(self.line.seen_currency) and self.line.seen_price is not None
        if self.price is None or not same_currency or self.price.unit_price == self.line.seen_price:
            return None
        return Decimal(self.line.seen_price)


@dataclass(frozen=True, slots=True)
class ShownCart:
    """The whole cart, priced in the currency of the wallet that pays."""

    request_id: uuid.UUID | None
    lines: Sequence[ShownLine]
    wallets: Sequence[Any]
    wallet: Any
    refusal: str

    @property
    def cards(self) -> int:
        """How many cards it holds."""
        return sum(shown.line.quantity for shown in self.lines)

    @property
    def total(self) -> Decimal | None:
        """What it costs, None while a line of it cannot be had."""
        if self.refusal or not self.lines:
            return None
        amounts = [shown.price.sale_amount for shown in self.lines if shown.price is not None]
        return sum(amounts, Decimal(0)) if len(amounts) == len(self.lines) else None

    @property
    def missing(self) -> Decimal | None:
        """What the wallet lacks for it, None if it covers it."""
        if self.total is None or self.wallet is None or self.wallet.available >= self.total:
            return None
        return Decimal(self.total - self.wallet.available)

    @property
    def left(self) -> Decimal | None:
        """What the wallet would hold afterwards."""
        return None if self.total is None or self.wallet is None else Decimal(self.wallet.available - self.total)

    @property
    def can_be_ordered(self) -> bool:
        """Whether ordering it now would be accepted, as far as one can tell."""
        return self.total is not None and self.missing is None


def shown_cart(*, user_id: int, partner_id: int, mode: str) -> ShownCart:
    """Price a person's cart. As many queries for many lines as for one."""
    lines = list(orders.cart_lines(user_id))
    own = list(wallets.wallets_of(partner_id=partner_id, mode=mode).order_by("pk"))
    chosen = lines[0].cart.currency if lines else ""
    wallet = next((each for each in own if each.currency_id == chosen), own[0] if own else None)
    products = catalog.product_list(partner_id=partner_id).in_bulk([line.product_id for line in lines])
    shown = [ShownLine(line, products.get(line.product_id)) for line in lines]
    refusal = price_lines(shown, partner_id=partner_id, mode=mode, currency=wallet.currency_id) if wallet else ""
    for each in shown:
        if each.line.seen_currency != (wallet.currency_id if wallet else ""):
            each.line.seen_price = None
    return ShownCart(lines[0].cart.request_id if lines else None, shown, own, wallet, refusal)


def price_lines(
    shown: Sequence[ShownLine], *, partner_id: int, mode: str, currency: str, wallet_id: int | None = None
) -> str:
    """Price the lines; a refused one is marked and the others priced again. Return what ails the whole of them."""
    open_lines = list(shown)
    for _ in range(_MOST_FAULTS):
        if not open_lines:
            return ""
        try:
            estimate = placement.estimate(
                partner_id=partner_id,
                mode=mode,
                request=OrderRequest(
                    uuid.uuid4(), currency, tuple(_request(each) for each in open_lines), wallet_id=wallet_id
                ),
            )
        except DomainError as refusal:
            if refusal.item is None:
                return refusal.detail
            open_lines.pop(refusal.item).refusal = refusal.detail
        else:
            for each, price in zip(open_lines, estimate.lines, strict=True):
                each.price = price
            return ""
    return ""


def _request(shown: ShownLine) -> LineRequest:
    return LineRequest(shown.line.product_id, shown.line.face_value, shown.line.quantity)
