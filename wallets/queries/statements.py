"""A wallet's month: what was there, what moved, what is left. Months meet: each closes as the next one opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from steller import database
from steller.errors import InvalidRequestError
from wallets.models import EntryKind, Wallet, WalletEntry
from wallets.queries.entries import LONGEST_TRANSACTION, version_before

_DECEMBER = 12
_FIRST_YEAR, _LAST_YEAR = 2000, 9998


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar, in UTC."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read `2026-11`.

        Raises:
            InvalidRequestError: it is no month.

        """
        try:
            first = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
        except ValueError:
            first = None
        if first is None or first.strftime("%Y-%m") != text or not _FIRST_YEAR <= first.year <= _LAST_YEAR:
            raise InvalidRequestError("A month is written as 2026-11.", errors={"month": ["Write it as 2026-11."]})
        return cls(first.year, first.month)

    @property
    def start(self) -> datetime:
        """The month's first moment."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The next month's first moment."""
        if self.number == _DECEMBER:
            return datetime(self.year + 1, 1, 1, tzinfo=UTC)
        return datetime(self.year, self.number + 1, 1, tzinfo=UTC)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


@dataclass(frozen=True, slots=True)
class Balance:
    """What a wallet held after its entry `version`."""

    version: int
    available: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class Total:
    """What the entries of one kind changed together."""

    entries: int
    available: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """One month of one wallet."""

    wallet: Wallet
    month: Month
    is_final: bool
    opening: Balance
    closing: Balance
    totals: Mapping[EntryKind, Total]

    @property
    def entries(self) -> QuerySet[WalletEntry]:
        """The month's entries."""
        return WalletEntry.objects.filter(
            wallet=self.wallet, version__gt=self.opening.version, version__lte=self.closing.version
        )


def statement_of(wallet: Wallet, month: Month) -> Statement:
    """Return a month's statement; that of the current month is not final.

    Raises:
        InvalidRequestError: the month has not begun.

    """
    now = database.now()
    if month.start > now:
        raise InvalidRequestError("The month has not begun.", errors={"month": ["It has not begun."]})
    first, last = version_before(wallet, month.start), version_before(wallet, month.end)
    rows = (
        WalletEntry.objects.filter(wallet=wallet, version__gt=first, version__lte=last)
        .order_by()
        .values_list("kind")
        .annotate(Count("pk"), Sum("available_delta"), Sum("held_delta"))
    )
    balances = {
        entry.version: Balance(entry.version, entry.available_after, entry.held_after)
        for entry in WalletEntry.objects.filter(wallet=wallet, version__in={first, last})
    }
    empty = Balance(0, Decimal(0), Decimal(0))
    return Statement(
        wallet=wallet,
        month=month,
        # What began in the month may be committed, and so get its version, shortly after it.
        is_final=month.end + LONGEST_TRANSACTION <= now,
        opening=balances.get(first, empty),
        closing=balances.get(last, empty),
        totals={EntryKind(kind): Total(*sums) for kind, *sums in sorted(rows)},
    )
