"""Our accounts at the supplier, and the exchange rates between their currencies."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from bamboo.schemas.fields import Fields


@dataclass(frozen=True, slots=True)
class Account:
    """One of our accounts at the supplier; its id goes into each checkout."""

    id: int
    currency: str
    balance: Decimal
    is_active: bool
    sandbox_mode: bool

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read an account. One that does not say that it is active is not; nor is it a sandbox unless it says so."""
        fields = Fields(raw)
        return cls(
            id=fields.whole("id"),
            currency=fields.text("currency"),
            balance=fields.number("balance"),
            is_active=fields.flag("isactive", default=False),
            sandbox_mode=fields.flag("sandboxmode", default=False),
        )


@dataclass(frozen=True, slots=True)
class ExchangeRates:
    """How many units of each currency one unit of `base` buys."""

    base: str
    rates: Mapping[str, Decimal]

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read the rates."""
        fields = Fields(raw)
        rows = [Fields(each) for each in fields.required_items("rates")]
        return cls(
            base=fields.text("basecurrencycode"),
            rates={row.text("currencycode"): row.number("value") for row in rows},
        )
