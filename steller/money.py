"""Money: an exact amount in one currency, and the one place where amounts are rounded."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

LEDGER_PLACES = 4
SMALLEST = Decimal(1).scaleb(-LEDGER_PLACES)


class CurrencyMismatchError(ValueError):
    """Two amounts of different currencies met: convert one of them first."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units of `currency` (ISO 4217), exact to four decimals in the ledger."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, factor: int | Decimal) -> "Money":
        return Money(self.amount * factor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other).amount

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} met {other.currency}")
        return other


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
