"""The price of an order's lines with every part of it written down: orders and estimates share it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings

from bamboo import accounts
from bamboo.accounts import AccountRef
from catalog.pricing import CardPrice, Rule, SupplierPrice, Terms, converted_cost, price_card
from catalog.queries.rules import Rules, rules_for_products
from catalog.queries.visibility import IS_VISIBLE
from steller import database
from steller.errors import (
    FaceValueOutOfRangeError,
    OutOfStockError,
    PriceUnavailableError,
    ProductUnknownError,
    ProductWithdrawnError,
    QuantityInvalidError,
    RateStaleError,
    UnavailableError,
)
from steller.money import display, plain
from wallets import queries as wallets
from wallets.pricing import Rate

MOST_CARDS_A_LINE = 500


@dataclass(frozen=True, slots=True)
class LineRequest:
    """What a partner asks for: so many cards of a product at this face value."""

    product_id: int
    face_value: Decimal
    quantity: int


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line as it would be ordered now.

    `currency` is the face value's, `supplier_currency` the supplier's price's. `unit_price` and `sale_amount`
    are in the wallet's currency, `unit_cost` in the account's, `break_even_cost` in the supplier's.
    """

    product_id: int
    supplier_product_id: int
    product_name: str
    brand_code: str
    brand_name: str
    picture_url: str
    country: str
    currency: str
    supplier_currency: str
    face_value: Decimal
    quantity: int
    unit_price: Decimal
    sale_amount: Decimal
    unit_cost: Decimal
    break_even_cost: Decimal
    account_id: int
    parts: dict[str, str]

    @property
    def shown_parts(self) -> dict[str, str]:
        """Those parts of the price that the partner may see: its own price, not our cost."""
        return {name: self.parts[name] for name in _SHOWN_PARTS if name in self.parts}


def price_lines(*, partner_id: int, currency: str, mode: str, lines: Sequence[LineRequest]) -> list[PricedLine]:
    """Price each line for a partner who pays in `currency`. Two queries; a third when currencies differ.

    Raises:
        ProductUnknownError, ProductWithdrawnError, QuantityInvalidError, FaceValueOutOfRangeError,
        OutOfStockError: the line with this `item` cannot be had.
        PriceUnavailableError, RateStaleError: it cannot be priced.
        UnavailableError: no account could pay for it.

    """
    offers = _offers({line.product_id for line in lines}, partner_id)
    rules = rules_for_products(
        partner_id=partner_id,
        product_ids=list(offers),
        brand_ids={offer.brand_id for offer in offers.values()},
    )
    buyer = _Buyer(currency, wallets.minor_units(currency) or 0, _accounts(offers.values(), mode), rules)
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.product_id] += line.quantity
    priced = []
    for item, line in enumerate(lines):
        offer = _available(offers.get(line.product_id), line, item=item, wanted=wanted[line.product_id])
        priced.append(_priced(offer, line, buyer=buyer, item=item))
    return priced


@dataclass(frozen=True, slots=True)
class _Buyer:
    """Who pays: in a currency of so many decimals, from our account for each price currency, by which rules."""

    currency: str
    places: int
    accounts: Mapping[str, AccountRef | None]
    rules: Rules


@dataclass(frozen=True, slots=True)
class _Rates:
    """From the face value's currency to the buyer's; from the supplier's to the buyer's and the account's."""

    face: Rate
    cost: Rate
    account: Rate


@dataclass(frozen=True, slots=True)
class _Offer:
    """A product with its brand and the supplier's current price, in the order of `_OFFERS`."""

    product_id: int
    supplier_product_id: int
    name: str
    min_face: Decimal
    max_face: Decimal
    stock: int | None
    is_withdrawn: bool
    is_refused: bool
    brand_id: int
    brand_code: str
    brand_name: str
    picture_url: str
    country: str
    currency: str
    supplier: SupplierPrice | None

    def sells(self, face_value: Decimal) -> bool:
        """Tell whether the card exists at this face value: one of its ends, or whole coins between them."""
        if face_value in (self.min_face, self.max_face):
            return True
        places = wallets.minor_units(self.currency)
        coins = face_value.scaleb(2 if places is None else places)
        return self.min_face < face_value < self.max_face and coins == coins.to_integral_value()


# By hand, as every order asks it: the ORM takes three times as long to write it as PostgreSQL to answer.
# A product that the partner's catalog lacks is no row: to the partner it is unknown.
_OFFERS = f"""
SELECT product.id, product.supplier_id, product.name, product.min_face_value, product.max_face_value, product.stock,
       coalesce(product.withdrawn_at, brand.withdrawn_at) IS NOT NULL, product.refused_at IS NOT NULL,
       brand.id, brand.supplier_id, brand.name, coalesce(brand.logo_url, ''), brand.country, brand.currency,
       price.min, price.max, price.currency
FROM catalog_product product
JOIN catalog_brand brand ON brand.id = product.brand_id
LEFT JOIN catalog_productprice price ON price.product_id = product.id AND price.until IS NULL
WHERE product.id = ANY(%(products)s) AND {IS_VISIBLE}
"""


def _offers(product_ids: Collection[int], partner_id: int) -> dict[int, _Offer]:
    with database.prepared_cursor() as cursor:
        cursor.execute(_OFFERS, {"products": list(product_ids), "partner_id": partner_id})
        return {row[0]: _offer(*row) for row in cursor.fetchall()}


def _offer(*row: Any) -> _Offer:
    *columns, low, high, price_currency = row
    least, most = columns[3:5]
    supplier = None if price_currency is None else SupplierPrice(least, most, low, high, price_currency)
    return _Offer(*[*columns, supplier])


def _accounts(offers: Iterable[_Offer], mode: str) -> dict[str, AccountRef | None]:
    currencies = {offer.supplier.currency for offer in offers if offer.supplier}
    return {currency: accounts.account_for(price_currency=currency, mode=mode) for currency in currencies}


def _available(offer: _Offer | None, line: LineRequest, *, item: int, wanted: int) -> _Offer:
    """Return the line's offer if the supplier sells what the line asks for."""
    if offer is None:
        raise ProductUnknownError(f"There is no product {line.product_id}.", item=item)
    if offer.is_withdrawn:
        raise ProductWithdrawnError(f"{offer.name} is no longer offered.", item=item)
    if not 1 <= line.quantity <= MOST_CARDS_A_LINE:
        raise QuantityInvalidError(f"A line takes 1 to {MOST_CARDS_A_LINE} cards.", item=item)
    if not line.face_value.is_finite() or not offer.sells(line.face_value):
        raise FaceValueOutOfRangeError(_range(offer), item=item)
    if offer.is_refused or (offer.stock is not None and offer.stock < wanted):
        raise OutOfStockError(f"The supplier has too few cards of {offer.name} now.", item=item)
    return offer


def _range(offer: _Offer) -> str:
    if offer.min_face == offer.max_face:
        return f"{offer.name} has a face value of {display(offer.min_face)} {offer.currency} only."
    ends = f"{display(offer.min_face)} to {display(offer.max_face)} {offer.currency}"
    return f"{offer.name} is sold with face values of {ends}, in whole coins."


def _priced(offer: _Offer, line: LineRequest, *, buyer: _Buyer, item: int) -> PricedLine:
    supplier = offer.supplier
    rule = buyer.rules.rule_for(product_id=offer.product_id, brand_id=offer.brand_id, currency=offer.currency)
    if supplier is None or rule is None:
        raise _no_price(offer, item)
    account = buyer.accounts[supplier.currency]
    if account is None:
        raise UnavailableError("Nothing can be bought from the supplier at the moment.", item=item)
    rates = _Rates(
        face=_rate(buyer.rules, offer.currency, buyer.currency, item),
        cost=_rate(buyer.rules, supplier.currency, buyer.currency, item),
        account=_rate(buyer.rules, supplier.currency, account.currency, item),
    )
    terms = Terms(rates.face.value, rates.cost.value, buyer.places, settings.MINIMUM_MARGIN_PERCENT)
    price = price_card(line.face_value, supplier=supplier, rule=rule, terms=terms)
    if price is None:
        raise _no_price(offer, item)
    return PricedLine(
        product_id=offer.product_id,
        supplier_product_id=offer.supplier_product_id,
        product_name=offer.name,
        brand_code=offer.brand_code,
        brand_name=offer.brand_name,
        picture_url=offer.picture_url,
        country=offer.country,
        currency=offer.currency,
        supplier_currency=supplier.currency,
        face_value=line.face_value,
        quantity=line.quantity,
        unit_price=price.unit_price,
        sale_amount=price.unit_price * line.quantity,
        unit_cost=converted_cost(price.cost, rates.account.value),
        break_even_cost=price.break_even_cost,
        account_id=account.id,
        parts=_parts(line, price, rule, rates),
    )


def _rate(rules: Rules, source: str, target: str, item: int) -> Rate:
    rate = rules.rate(source, target)
    if rate is None:
        raise PriceUnavailableError(f"There is no exchange rate from {source} to {target}.", item=item)
    if not rules.is_fresh(rate):
        raise RateStaleError(f"The exchange rate from {source} to {target} is too old.", item=item)
    return rate


def _no_price(offer: _Offer, item: int) -> PriceUnavailableError:
    return PriceUnavailableError(f"{offer.name} has no price yet; our staff can set one.", item=item)


# What a partner is told of its price. The rest is what we pay and earn.
_SHOWN_PARTS = ("face_value", "commission", "rate", "rate_read_at", "price_by_rule", "is_raised", "unit_price")


def _parts(line: LineRequest, price: CardPrice, rule: Rule, rates: _Rates) -> dict[str, str]:
    """Write down everything that made the price, so that it can be explained years later."""
    parts = {
        "face_value": str(line.face_value),
        "commission": str(rule),
        "rule": str(rule.id),
        "rate": str(rates.face.value),
        "cost": str(price.cost),
        "cost_rate": str(rates.cost.value),
        "account_rate": str(rates.account.value),
        "price_by_rule": plain(price.by_rule),
        "floor": plain(price.floor),
        "margin": str(settings.MINIMUM_MARGIN_PERCENT),
        "is_raised": "true" if price.is_raised else "false",
        "unit_price": str(price.unit_price),
    }
    for name, rate in (("rate", rates.face), ("cost_rate", rates.cost), ("account_rate", rates.account)):
        if rate.read_at is not None:
            parts[f"{name}_read_at"] = rate.read_at.isoformat()
    return parts
