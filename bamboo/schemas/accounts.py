"""Our accounts at the supplier, and the exchange rates between their currencies."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from bamboo.schemas.fields import Fields, UnreadableAnswer, readable


@dataclass(frozen=True, slots=True)
class Account:
    """One of our accounts at the supplier; its id goes into each checkout."""

    id: int
    currency: str
    balance: Decimal
    is_active: bool
    # None: it does not say, and the credentials that showed it decide.
    sandbox_mode: bool | None

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read an account. It is active unless it says that it is not."""
        fields = Fields(raw)
        return cls(
            id=fields.whole("id"),
            currency=fields.text("currency"),
            balance=fields.number("balance"),
            is_active=fields.flag("isactive", default=True),
            sandbox_mode=fields.optional_flag("sandboxmode"),
        )


class Accounts(tuple[Account, ...]):  # noqa: SLOT001 - a tuple with slots has no attribute of its own
    """The accounts that could be read; `is_whole` tells whether those are all there are."""

    is_whole: bool = True


def accounts_from(raw: object) -> Accounts:
    """Read the accounts that can be read, in the envelope or without it.

    Raises:
        UnreadableAnswer: the answer is no list of accounts, or none of its rows can be read.

    """
    rows = raw if isinstance(raw, list) else Fields(raw).required_items("accounts")
    found = Accounts(readable(rows, Account.read))
    if rows and not found:
        raise UnreadableAnswer("accounts")
    found.is_whole = 0 < len(found) == len(rows)
    return found


@dataclass(frozen=True, slots=True)
class ExchangeRates:
    """How many units of each currency one unit of `base` buys."""

    base: str
    rates: Mapping[str, Decimal]

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read the rates that can be read.

        Raises:
            UnreadableAnswer: it does not name its base, or none of its rows can be read.

        """
        fields = Fields(raw)
        rows = fields.required_items("rates")
        found = dict(readable(rows, _rate))
        if rows and not found:
            raise UnreadableAnswer("rates")
        return cls(base=fields.text("basecurrencycode"), rates=found)


def _rate(raw: object) -> tuple[str, Decimal]:
    row = Fields(raw)
    return row.text("currencycode"), row.number("value")
