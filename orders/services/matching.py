"""Bringing the supplier's lines and our purchases together, some hundreds at a time, each batch in few queries.

First every line of the report, by its RequestId, whichever day its purchase is of. Then the purchases that were
settled on the days of the run and that no line of the report is about.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import batched

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django_subatomic.db import durable, transaction

from orders.models import Card, DifferenceKind, OrderItem, Purchase, Reconciliation, SupplierTransaction
from orders.services import balances, comparing, differing, importing
from orders.services.comparing import Bought, Found, Line
from orders.services.importing import Imported
from orders.states import PurchaseStatus
from steller import database
from steller.database import MoneyField

_BATCH = 500


@dataclass(slots=True)
class Sums:
    """What was compared in one currency."""

    charged: Decimal = Decimal(0)
    recorded: Decimal = Decimal(0)
    other: Decimal = Decimal(0)


@dataclass(slots=True)
class Matched:
    """What was compared by currency, which purchases, and from which account each paid."""

    sums: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    purchase_ids: set[uuid.UUID] = field(default_factory=set)
    accounts: dict[uuid.UUID, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A purchase, or none, and all lines that we have about it."""

    purchase: Purchase | None
    lines: Sequence[Line]


@durable
def match(run: Reconciliation, imported: Imported, *, since: datetime, until: datetime) -> Matched:
    """Compare the report's lines, and the purchases that were settled in this time, and store what differs."""
    matched = Matched()
    nameless = [line for line in imported.lines if line.request_id is None]
    for batch in batched(nameless, _BATCH):
        _store(run, [_Pair(None, [line]) for line in batch], matched)
    named = {line.request_id: None for line in imported.lines if line.request_id is not None}
    for requests in batched(named, _BATCH):
        _store(run, _pairs_of_requests(run.mode, requests), matched)
    for purchases in _settled(run.mode, since, until):
        _store(run, _pairs(run.mode, [each for each in purchases if each.pk not in matched.purchase_ids]), matched)
    _check_report(run, imported, matched)
    return matched


def _pairs_of_requests(mode: str, requests: Sequence[uuid.UUID]) -> list[_Pair]:
    return _pairs(mode, list(_purchases(mode).filter(supplier_request_id__in=requests)), requests)


def _pairs(mode: str, purchases: Sequence[Purchase], requests: Sequence[uuid.UUID] = ()) -> list[_Pair]:
    """Join purchases and all stored lines of theirs; a line of `requests` without a purchase stands alone."""
    ours = {purchase.supplier_request_id: purchase for purchase in purchases}
    stored = SupplierTransaction.objects.filter(mode=mode, request_id__in={*ours, *requests}).defer("raw")
    lines: dict[uuid.UUID, list[Line]] = defaultdict(list)
    for line in importing.as_lines(stored.order_by("pk")):
        assert line.request_id is not None  # noqa: S101 - they were found by it
        lines[line.request_id].append(line)
    pairs = [_Pair(purchase, lines.pop(request_id, [])) for request_id, purchase in ours.items()]
    return pairs + [_Pair(None, strays) for strays in lines.values()]


def _settled(mode: str, since: datetime, until: datetime) -> Iterator[Sequence[Purchase]]:
    """Walk the purchases that were settled in this time, a batch at a time."""
    place = None
    while True:
        found = _purchases(mode).filter(settled_at__gte=since, settled_at__lt=until).order_by("settled_at", "pk")
        if place is not None:
            found = found.extra(where=["(orders_purchase.settled_at, orders_purchase.id) > (%s, %s)"], params=place)
        batch = list(found[:_BATCH])
        if not batch:
            return
        yield batch
        place = [batch[-1].settled_at, batch[-1].pk]


def _purchases(mode: str) -> QuerySet[Purchase]:
    """Read purchases with what their delivered cards should have cost, and how many cards came."""
    lines = OrderItem.objects.filter(purchase=OuterRef("pk")).order_by().values("purchase")
    cards = Card.objects.filter(purchase=OuterRef("pk")).order_by().values("purchase")
    expected = lines.annotate(cost=Sum(F("unit_cost") * F("delivered"), output_field=MoneyField())).values("cost")
    return (
        Purchase.objects.filter(mode=mode)
        .select_related("account")
        .annotate(
            expected=Coalesce(Subquery(expected), Decimal(0), output_field=MoneyField()),
            card_count=Coalesce(Subquery(cards.annotate(count=Count("pk")).values("count")), 0),
        )
    )


def _store(run: Reconciliation, pairs: Sequence[_Pair], matched: Matched) -> None:
    if not pairs:
        return
    at = database.now()
    found: list[Found] = []
    for pair in pairs:
        found += _compare(pair, matched, at)
    with transaction():
        differing.store(
            found,
            run_id=run.pk,
            mode=run.mode,
            purchase_ids=[pair.purchase.pk for pair in pairs if pair.purchase],
            line_ids=[line.id for pair in pairs for line in pair.lines],
        )


def _compare(pair: _Pair, matched: Matched, at: datetime) -> list[Found]:
    if pair.purchase is None:
        _count(pair.lines, "", matched)
        return [comparing.stray(line) for line in pair.lines]
    purchase = pair.purchase
    bought = _bought(purchase)
    matched.purchase_ids.add(purchase.pk)
    matched.accounts[purchase.supplier_request_id] = purchase.account_id, bought.currency
    matched.sums[bought.currency].recorded += bought.recorded
    _count(pair.lines, bought.currency, matched)
    return comparing.compare(bought, pair.lines, at=at)


def _count(lines: Sequence[Line], currency: str, matched: Matched) -> None:
    for line in lines:
        sums = matched.sums[line.currency or currency]
        if line.is_charge:
            sums.charged += line.charged
        else:
            sums.other += line.amount or Decimal(0)


def _bought(purchase: Purchase) -> Bought:
    return Bought(
        id=purchase.pk,
        status=PurchaseStatus(purchase.status),
        currency=purchase.account.currency,
        total=purchase.total,
        expected=purchase.expected,  # type: ignore[attr-defined] # annotated by `_purchases`
        cards=purchase.card_count,  # type: ignore[attr-defined]
        sent_at=purchase.first_sent_at,
        settled_at=purchase.settled_at,
    )


def _check_report(run: Reconciliation, imported: Imported, matched: Matched) -> None:
    """Look at the report as a whole: its running balances, and what it now tells otherwise."""
    lines = [_with_currency(line, matched) for line in imported.lines]
    accounts = {request_id: account for request_id, (account, _) in matched.accounts.items()}
    found = balances.breaks(lines, accounts=accounts)
    for kind, some in (
        (DifferenceKind.BROKEN_BALANCE, found),
        (DifferenceKind.CHANGED_LINE, imported.changed),
    ):
        with transaction():
            differing.store(
                some, run_id=run.pk, mode=run.mode, kinds=[kind], line_ids=[line.id for line in imported.lines]
            )


def _with_currency(line: Line, matched: Matched) -> Line:
    if line.currency or line.request_id not in matched.accounts:
        return line
    return replace(line, currency=matched.accounts[line.request_id][1])
