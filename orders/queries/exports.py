"""Reports as tables for a file: columns, how many rows there are, and the rows, never all of them at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from orders.models import OrderItem, ReportExport, ReportExportPart, ReportName
from orders.queries import reconciliation, reports
from orders.queries.reports import Period
from steller.errors import NotFoundError
from steller.money import to_ledger
from wallets import queries as wallets

type Row = Sequence[object]
type Parameters = Mapping[str, Any]

_BATCH = 2000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Table:
    """A report to write: its columns, its number of rows when it was asked for, and the rows."""

    columns: Sequence[str]
    total: int
    rows: Iterable[Row]


def exports(*, mode: str) -> QuerySet[ReportExport]:
    """Return all exports, the content left out."""
    return ReportExport.objects.filter(mode=mode)


def export_of(export_id: UUID) -> ReportExport:
    """Return one export.

    Raises:
        NotFoundError: no such export.

    """
    export = ReportExport.objects.filter(pk=export_id).first()
    if export is None:
        raise NotFoundError("No such export.")
    return export


def content_of(export: ReportExport) -> Iterator[bytes]:
    """Read a finished export's CSV, a part at a time."""
    parts = ReportExportPart.objects.filter(export=export).order_by("position")
    for position in range(parts.count()):
        yield parts.values_list("content", flat=True).get(position=position).encode()


def table(report: str, parameters: Parameters, *, mode: str) -> Table:
    """Return the table of a report; `parameters` are those of the export's row."""
    return _TABLES[ReportName(report)](parameters, mode)


def _period(parameters: Parameters, mode: str) -> Period:
    return Period(date.fromisoformat(parameters["first_day"]), date.fromisoformat(parameters["last_day"]), mode=mode)


def _table(columns: Sequence[str], rows: Sequence[Row]) -> Table:
    return Table(columns, len(rows), rows)


def _sales(parameters: Parameters, mode: str) -> Table:
    by = parameters["by"]
    found = reports.sales(
        _period(parameters, mode),
        by=by,
        partner_id=parameters.get("partner_id"),
        currency=parameters.get("currency", ""),
    )
    columns = (
        *(by, "name", "currency", "orders", "lines", "cards_ordered", "cards_delivered", "sale_amount"),
        *("supplier_cost", "supplier_currency", "cost", "margin"),
    )
    return _table(columns, [_sale(row) for row in found])


def _sale(row: Mapping[str, Any]) -> Row:
    cost: Decimal | None = None if row["cost"] is None else to_ledger(row["cost"])
    return (
        *(row["key"], row.get("label", ""), row["sale_currency"], row["orders"], row["lines"], row["ordered"]),
        *(row["cards"], row["sale_amount"], row["supplier_cost"], row["cost_currency"], cost),
        None if cost is None else row["sale_amount"] - cost,
    )


_LINE_COLUMNS = (
    *("settled_at", "created_at", "order_number", "order_id", "line_id", "reference", "partner_id", "partner"),
    *("product_id", "product", "brand", "country", "face_value", "face_value_currency", "quantity", "delivered"),
    *("status", "error", "currency", "unit_price", "sale_amount", "captured", "released"),
    *("supplier_cost", "supplier_currency", "supplier_request_id"),
)


def _lines(parameters: Parameters, mode: str) -> Table:
    period = _period(parameters, mode)
    return Table(_LINE_COLUMNS, period.settled_lines().count(), _line_rows(period))


def _line_rows(period: Period) -> Iterator[Row]:
    """Walk the lines day by day, and within a day from where the last batch ended."""
    day = period.first_day
    while day <= period.last_day:
        lines = reports.lines(Period(day, day, mode=period.mode))
        after = Q()
        while batch := list(lines.filter(after)[:_BATCH]):
            yield from (_line(line) for line in batch)
            last = batch[-1]
            after = Q(settled_at__gt=last.settled_at) | Q(settled_at=last.settled_at, pk__gt=last.pk)
            after &= Q(settled_at__gte=last.settled_at)
        day += _DAY


def _line(line: OrderItem) -> Row:
    order, purchase = line.order, line.purchase
    return (
        *(line.settled_at, order.created_at, order.number, order.pk, line.pk, order.reference, line.partner_id),
        *(line.partner.name, line.product_id, line.product_name, line.brand_name, line.country, line.face_value),
        *(line.currency, line.quantity, line.delivered, line.status, line.error, order.currency, line.unit_price),
        *(line.sale_amount, line.captured_amount, line.released_amount, line.supplier_amount),
        *(line.account.currency, purchase.supplier_request_id if purchase else None),
    )


def _failures(parameters: Parameters, mode: str) -> Table:
    names = ("error", "status", "sale_currency", "lines", "orders", "missing", "released")
    columns = ("error", "status", "currency", "lines", "orders", "cards_missing", "released")
    rows = reports.failures(_period(parameters, mode)).values_list(*names)
    return _table(columns, list(rows))


def _accounts(parameters: Parameters, mode: str) -> Table:
    names = (
        *("supplier_id", "currency", "is_active", "balance", "float_limit", "open_cost", "purchases", "cards"),
        *("cost", "read_at"),
    )
    rows = reports.accounts(_period(parameters, mode)).values_list(*names)
    return _table(("account", *names[1:]), list(rows))


def _liabilities(_parameters: Parameters, mode: str) -> Table:
    rows = [
        (each.currency, each.wallets, each.available, each.held, each.total) for each in wallets.liabilities(mode=mode)
    ]
    return _table(("currency", "wallets", "available", "held", "total"), rows)


_DIFFERENCE_COLUMNS = (
    *("id", "kind", "currency", "amount", "detail", "purchase_id", "request_id", "transaction_id"),
    *("transaction_type", "found_at", "cleared_at", "resolved_at", "resolved_by", "resolution"),
)


def _differences(parameters: Parameters, mode: str) -> Table:
    found = reconciliation.differences(mode=mode, run_id=parameters.get("run_id"))
    if kind := parameters.get("kind"):
        found = found.filter(kind=kind)
    names = (
        *("pk", "kind", "currency", "amount", "detail", "purchase_id", "purchase__supplier_request_id"),
        *("line__transaction_id", "line__type", "created_at", "cleared_at", "resolved_at", "resolved_by"),
        "resolution",
    )

    def rows() -> Iterator[Row]:
        after = 0
        while batch := list(found.order_by("pk").filter(pk__gt=after).values_list(*names)[:_BATCH]):
            yield from batch
            after = batch[-1][0]

    return Table(_DIFFERENCE_COLUMNS, found.count(), rows())


_TABLES: Mapping[ReportName, Callable[[Parameters, str], Table]] = {
    ReportName.SALES: _sales,
    ReportName.LINES: _lines,
    ReportName.FAILURES: _failures,
    ReportName.ACCOUNTS: _accounts,
    ReportName.LIABILITIES: _liabilities,
    ReportName.DIFFERENCES: _differences,
}
