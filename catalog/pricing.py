"""What a card costs us and what a partner pays for it: pure arithmetic, exact to the end.

The sale price is rounded in one place only, here, to the wallet currency's smallest coin, and it is never
below our cost and the minimum margin on it. Everything that shows or charges a price comes through
`price_card`, so an estimate equals the charge.

Which commission rule makes the price is a total order (`precedence`): a partner's own rule before any general
one, then one for the product, for the brand, for the currency, then the later start, then the newer rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from steller.money import LEDGER_PLACES

_STEP = Decimal(1).scaleb(-LEDGER_PLACES)
_HUNDRED = Decimal(100)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
# Wide enough for every product of a ledger amount and a rate to be exact; what is not exact is rounded to the
# side that cannot cost us money.
_UP = Context(prec=60, rounding=ROUND_CEILING)
_DOWN = Context(prec=60, rounding=ROUND_FLOOR)
_HALF_UP = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class SupplierPrice:
    """What the supplier charges, in `currency`, at both ends of a product's range of face values."""

    min_face: Decimal
    max_face: Decimal
    min: Decimal
    max: Decimal
    currency: str

    def sells(self, face_value: Decimal) -> bool:
        """Tell whether the product exists at this face value."""
        return self.min_face <= face_value <= self.max_face

    def cost(self, face_value: Decimal) -> Decimal:
        """Return what one card costs us: on the line between both ends, rounded up to four decimals."""
        if self.min_face == self.max_face:
            return self.min
        slope = _UP.multiply(self.max - self.min, face_value - self.min_face)
        above = _UP.divide(slope, self.max_face - self.min_face)
        return _UP.add(self.min, above).quantize(_STEP, context=_UP)


@dataclass(frozen=True, slots=True)
class Rule:
    """A commission rule: for whom, on what, how much, and when. What is empty fits everything."""

    id: int
    partner_id: int | None
    product_id: int | None
    brand_id: int | None
    currency: str
    percent: bool
    included: bool
    value: Decimal
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Tell whether the rule holds at this time; its end does not belong to it."""
        return (self.starts_at or _EARLIEST) <= at and (self.ends_at is None or at < self.ends_at)

    def fits(self, *, product_id: int, brand_id: int, currency: str) -> bool:
        """Tell whether the rule speaks of this product, of this brand, with face values in this currency."""
        return (
            self.product_id in (None, product_id)
            and self.brand_id in (None, brand_id)
            and self.currency in ("", currency)
        )

    def price(self, face_value: Decimal) -> Decimal:
        """Return the exact price of one card in the face value's currency."""
        commission = self.value
        if self.percent:
            commission = _HALF_UP.divide(_HALF_UP.multiply(face_value, self.value), _HUNDRED)
        if self.included:
            return _HALF_UP.subtract(face_value, commission)
        return _HALF_UP.add(face_value, commission)

    def __str__(self) -> str:
        sign, unit = "-" if self.included else "+", "%" if self.percent else " fixed"
        return f"{sign}{self.value.normalize():f}{unit}"


def winning_rule(rules: Iterable[Rule], *, product_id: int, brand_id: int, currency: str, at: datetime) -> Rule | None:
    """Return the most specific rule in force; of equals the one that started later, then the newer one.

    A partner's own rule comes before any general one, then product before brand before currency.
    """
    fitting = (
        rule
        for rule in rules
        if rule.in_force(at) and rule.fits(product_id=product_id, brand_id=brand_id, currency=currency)
    )
    return max(fitting, key=precedence, default=None)


def precedence(rule: Rule) -> tuple[bool, bool, bool, bool, datetime, int]:
    """Return by what rules are compared, the winner being the largest; no two rules are equal."""
    return (
        rule.partner_id is not None,
        rule.product_id is not None,
        rule.brand_id is not None,
        bool(rule.currency),
        rule.starts_at or _EARLIEST,
        rule.id,
    )


@dataclass(frozen=True, slots=True)
class CardPrice:
    """The price of one card and what made it.

    `unit_price`, the exact price by the rule (`by_rule`) and the least that we may ask (`floor`) are in the wallet's
    currency, both costs in the supplier's.
    """

    unit_price: Decimal
    by_rule: Decimal
    floor: Decimal
    cost: Decimal
    break_even_cost: Decimal

    @property
    def is_raised(self) -> bool:
        """Tell whether the rule alone would have sold below the floor."""
        return self.by_rule < self.floor


@dataclass(frozen=True, slots=True)
class Terms:
    """What a card is priced with, beside the rule.

    `face_rate` leads from the face value's currency to the wallet's, `cost_rate` from the supplier's to the
    wallet's; `places` are the decimals of the wallet currency's smallest coin; `margin` is what we earn at least,
    in percent of our cost.
    """

    face_rate: Decimal
    cost_rate: Decimal
    places: int
    margin: Decimal = Decimal(0)


def price_card(face_value: Decimal, *, supplier: SupplierPrice, rule: Rule, terms: Terms) -> CardPrice | None:
    """Price one card; None when it would be free."""
    coin = Decimal(1).scaleb(-terms.places)
    cost = supplier.cost(face_value)
    by_rule = _HALF_UP.multiply(rule.price(face_value), terms.face_rate)
    floor = _floor(_UP.multiply(cost, terms.cost_rate), terms.margin)
    unit_price = by_rule.quantize(coin, context=_HALF_UP)
    if unit_price < floor:
        unit_price = floor.quantize(coin, context=_UP)
    if unit_price <= 0:
        return None
    return CardPrice(unit_price, by_rule, floor, cost, break_even_cost(unit_price, terms.cost_rate))


def _floor(cost: Decimal, margin: Decimal) -> Decimal:
    return _UP.multiply(cost, _UP.add(1, _UP.divide(margin, _HUNDRED)))


def discount_percent(face_value: Decimal, price: Decimal) -> Decimal:
    """Return by how much a price lies below the face value in the same currency, in percent; negative: above it."""
    return _HALF_UP.divide(_HALF_UP.multiply(face_value - price, _HUNDRED), face_value).quantize(
        Decimal("0.01"), context=_HALF_UP
    )


def break_even_cost(unit_price: Decimal, cost_rate: Decimal) -> Decimal:
    """Return the highest cost, in the supplier's currency, that the price still covers; rounded down."""
    return _DOWN.divide(unit_price, cost_rate).quantize(_STEP, context=_DOWN)


def converted_cost(cost: Decimal, rate: Decimal) -> Decimal:
    """Return a cost in another currency, rounded up to four decimals."""
    return _UP.multiply(cost, rate).quantize(_STEP, context=_UP)
