"""The supplier's transactions report: what it took from our accounts and put into them, and the balance after each.

Nothing in a row may stop the reading of the others: a field that is missing or cannot be understood is left empty,
and the row is kept as it came. Only an answer that is no report at all raises `UnreadableAnswer`, since an empty
report would look like a supplier that charged nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from bamboo.schemas.fields import Fields, UnreadableAnswer, request_id_from, timestamp

ORDER = "order"
# Amounts that the ledger could not hold are no amounts.
_LARGEST_AMOUNT = Decimal(10) ** 13
_CURRENCY_LENGTH = 3
_LONGEST_ID = 100


@dataclass(frozen=True, slots=True)
class Transaction:
    """One movement on one of our accounts. Texts are empty and values None where the row does not say."""

    id: str
    type: str
    request_id: UUID | None
    order_id: int | None
    amount: Decimal | None
    balance: Decimal | None
    currency: str
    happened_at: datetime | None
    client_name: str
    comment: str
    # The row as it came, as JSON of plain ASCII, so that any database can keep it.
    raw: str = field(repr=False)

    @property
    def is_order(self) -> bool:
        """Tell whether this is the charge of an order, as a row with a RequestId and no type is; others are unknown."""
        return self.type.lower() == ORDER or (not self.type and self.request_id is not None)

    @classmethod
    def read(cls, raw: object, *, client_name: str) -> Self:
        """Read a row, whatever it looks like."""
        row = _Row(raw)
        amount, balance = row.within("transactionamount"), row.within("availablebalance")
        return cls(
            id=row.text("transactionid"),
            type=row.text("transactiontype"),
            request_id=request_id_from(row.text("requestid")),
            order_id=row.whole("orderid"),
            amount=amount.number("value"),
            balance=balance.number("value"),
            currency=_currency(row, amount, balance),
            happened_at=timestamp(row.text("transactiondate") or None),
            client_name=row.text("clientname") or client_name,
            comment=row.text("comment") or row.text("notes"),
            raw=json.dumps(raw, default=str),
        )


@dataclass(frozen=True, slots=True)
class TransactionReport:
    """The movements of some days, all of our clients together, in the order of the answer.

    `first_day` and `last_day` are what the supplier says that it covers, which may be less than was asked for.
    """

    first_day: date | None
    last_day: date | None
    transactions: tuple[Transaction, ...]

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read the report.

        Raises:
            UnreadableAnswer: it has no list of clients, or one of them no list of transactions.

        """
        fields = Fields(raw)
        if fields.get("clients") is None:
            raise UnreadableAnswer("clients")
        rows = [row for client in fields.items("clients") for row in _rows_of(client)]
        return cls(
            first_day=_day(fields.get("startdate")),
            last_day=_day(fields.get("enddate")),
            transactions=tuple(_named(rows)),
        )


def _rows_of(client: object) -> list[Transaction]:
    fields = Fields(client)
    name = _Row(client).text("clientname")
    return [Transaction.read(row, client_name=name) for row in fields.items("transactions")]


def _named(rows: list[Transaction]) -> Iterator[Transaction]:
    """Give each row a name: its own, or one made of what it says and of how many before it said the same."""
    nameless: Counter[str] = Counter()
    for row in rows:
        if 0 < len(row.id) <= _LONGEST_ID:
            yield row
            continue
        digest = hashlib.sha256(row.raw.encode()).hexdigest()[:32]
        nameless[digest] += 1
        yield replace(row, id=f"nameless:{digest}:{nameless[digest]}")


def _currency(*rows: "_Row") -> str:
    """Return the first currency that a row or one of its amounts names; the row's own is usually null."""
    row, amount, balance = rows
    total = row.within("ordertotal")
    codes = (*(each.text("currencycode") for each in (amount, balance, total)), row.text("currencycode"))
    return next((code.upper() for code in codes if len(code) == _CURRENCY_LENGTH), "")


def _day(value: object) -> date | None:
    moment = timestamp(value) if isinstance(value, str) else None
    return None if moment is None else moment.date()


class _Row:
    """The fields of something that should be an object, each empty when it is not what it should be."""

    def __init__(self, raw: object) -> None:
        try:
            self._fields = Fields(raw)
        except UnreadableAnswer:
            self._fields = Fields({})

    def within(self, name: str) -> "_Row":
        return _Row(self._fields.get(name))

    def text(self, name: str) -> str:
        try:
            value = self._fields.optional_text(name) or ""
        except UnreadableAnswer:
            return ""
        # What PostgreSQL's text cannot hold: NUL, and halves of surrogate pairs.
        return value.replace("\0", "").encode("utf-8", "ignore").decode().strip()

    def number(self, name: str) -> Decimal | None:
        try:
            number = self._fields.optional_number(name)
        except UnreadableAnswer:
            return None
        return number if number is not None and abs(number) < _LARGEST_AMOUNT else None

    def whole(self, name: str) -> int | None:
        try:
            return self._fields.optional_whole(name)
        except UnreadableAnswer:
            return None
