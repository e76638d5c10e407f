"""Amounts of money: the one place where they are rounded, and how they are written."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

LEDGER_PLACES = 4
SMALLEST = Decimal(1).scaleb(-LEDGER_PLACES)


def round_half_up(amount: Decimal, places: int) -> Decimal:
    """Round to `places` decimals, halves away from zero, as invoices do."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def round_up(amount: Decimal, places: int) -> Decimal:
    """Round to `places` decimals, never below the exact amount."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_CEILING)


def to_ledger(amount: Decimal) -> Decimal:
    """Round to the four decimals that the ledger stores."""
    return amount.quantize(SMALLEST, rounding=ROUND_HALF_UP)


def display(amount: Decimal, places: int = 2) -> str:
    """Write an amount with at least `places` decimals and no needless zeros beyond them."""
    text = f"{amount:.{LEDGER_PLACES}f}"
    keep = len(text) - LEDGER_PLACES + places
    return text[:keep] + text[keep:].rstrip("0") if places else text.rstrip("0").rstrip(".")


def plain(amount: Decimal) -> str:
    """Write a number in full, without needless zeros and never with an exponent."""
    return f"{amount.normalize():f}"
