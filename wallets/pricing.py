"""What one currency costs in another: pure arithmetic over the rates that were read.

A rate's `value` is the units of the target currency for one unit of the source. A pair that the supplier
does not give is derived: the other way round, or through a currency that has both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal

PIVOT = "USD"
# More digits than any wallet could notice, few enough to be written into the parts of a price.
_DERIVED = Context(prec=16, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of the target for one unit of the source; `read_at` of its older part, None: it never ages."""

    value: Decimal
    read_at: datetime | None


SAME = Rate(Decimal(1), None)


@dataclass(frozen=True, slots=True)
class RateTable:
    """The current rates by (base, currency)."""

    rates: Mapping[tuple[str, str], Rate]

    def rate(self, source: str, target: str) -> Rate | None:
        """Return the rate from one currency to another; None when there is no way between them."""
        if source == target:
            return SAME
        direct = self._one_step(source, target)
        if direct is not None:
            return direct
        for pivot in self._pivots():
            first, second = self._one_step(source, pivot), self._one_step(pivot, target)
            if first is not None and second is not None:
                return Rate(_DERIVED.multiply(first.value, second.value), _older(first, second))
        return None

    def _one_step(self, source: str, target: str) -> Rate | None:
        given = self.rates.get((source, target))
        if given is not None:
            return given
        inverse = self.rates.get((target, source))
        if inverse is None:
            return None
        return Rate(_DERIVED.divide(Decimal(1), inverse.value), inverse.read_at)

    def _pivots(self) -> list[str]:
        return sorted({base for base, _ in self.rates}, key=lambda base: (base != PIVOT, base))


def _older(first: Rate, second: Rate) -> datetime | None:
    return min((rate.read_at for rate in (first, second) if rate.read_at is not None), default=None)
