"""The imitation's arithmetic: four decimals, prices between a least and a most, fixed exchange rates."""

from decimal import ROUND_HALF_EVEN, Decimal

FOUR = Decimal("0.0001")
TWO = Decimal("0.01")

# Units of each currency for one US dollar.
PER_DOLLAR = {
    "USD": Decimal(1),
    "EUR": Decimal("0.92"),
    "GBP": Decimal("0.79"),
    "AED": Decimal("3.6725"),
    "SAR": Decimal("3.75"),
    "INR": Decimal("83.4321"),
    "TRY": Decimal("32.175"),
    "JPY": Decimal("151.2"),
    "KWD": Decimal("0.3075"),
    "BHD": Decimal("0.376"),
}


def rate(base: str, currency: str) -> Decimal:
    """Return how many units of a currency one unit of the base buys, with six decimals.

    Raises:
        KeyError: a currency is unknown.

    """
    return (PER_DOLLAR[currency] / PER_DOLLAR[base]).quantize(Decimal("0.000001")).normalize()


def four_decimals(amount: Decimal) -> Decimal:
    """Round to the precision in which the supplier charges."""
    return amount.quantize(FOUR, rounding=ROUND_HALF_EVEN)


def unit_price(face: Decimal, *, least: tuple[Decimal, Decimal], most: tuple[Decimal, Decimal]) -> Decimal:
    """Return the price of a face value, given the (face value, price) of the smallest and of the largest card."""
    if least[0] == most[0]:
        return least[1]
    share = (face - least[0]) / (most[0] - least[0])
    return least[1] + share * (most[1] - least[1])


def number(value: Decimal) -> int | float:
    """Turn an amount into what JSON can write; four decimals survive exactly."""
    return int(value) if value == value.to_integral_value() else float(value)
