"""Entries and statements of one wallet, as JSON by the page or as CSV in one piece, for partners and for our staff."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from steller.money import display
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS
from steller.spreadsheets import csv_lines, guarded
from wallets import queries
from wallets.api import bodies, shapes
from wallets.models import Wallet, WalletEntry
from wallets.queries import EntryFilters, Month, Statement

_NEWEST_FIRST = ("-version",)
_OLDEST_FIRST = ("version",)
_COLUMNS = tuple(shapes.EntryBody().fields)
_TEXTS = {"reference", "reason", "actor"}
_ENTRY_PAGE = page_of(shapes.EntryBody)
type Answer = Response | StreamingHttpResponse


class CsvRenderer(JSONRenderer):
    """Lets `Accept: text/csv` and `?format=csv` in; tables are streamed beside it, problems stay JSON."""

    media_type = "text/csv"
    format = "csv"


RENDERERS = (JSONRenderer, CsvRenderer)


def describe_entries[F: Callable[..., Any]](operation_id: str, tag: str) -> Callable[[F], F]:
    """Describe a list of entries."""
    return extend_schema(
        operation_id=operation_id,
        tags=[tag],
        parameters=[shapes.EntryQuery, *PAGE_PARAMETERS],
        responses={
            (200, "application/json"): _ENTRY_PAGE,
            (200, "text/csv"): OpenApiTypes.STR,
            **PROBLEMS,
        },
    )


def describe_statement[F: Callable[..., Any]](operation_id: str, tag: str) -> Callable[[F], F]:
    """Describe a statement."""
    return extend_schema(
        operation_id=operation_id,
        tags=[tag],
        parameters=[shapes.MonthQuery, *PAGE_PARAMETERS],
        responses={
            (200, "application/json"): shapes.StatementBody,
            (200, "text/csv"): OpenApiTypes.STR,
            **PROBLEMS,
        },
    )


def answer_entries(wallet: Wallet, request: Request) -> Answer:
    """Answer a page of entries, the newest first; as CSV all of them, the oldest first."""
    asked = fields_of(shapes.EntryQuery, request.query_params)
    entries = queries.matching(wallet, EntryFilters(**asked))
    if _wants_csv(request):
        rows = (_cells(entry) for entry in queries.oldest_first(entries))
        return _csv(_COLUMNS, rows, name=f"wallet-{wallet.pk}-entries")
    return page(entries, request, ordering=_NEWEST_FIRST, body=bodies.entry_body)


def answer_statement(wallet: Wallet, request: Request) -> Answer:
    """Answer a month with a page of its entries, the oldest first; as CSV with all of them."""
    month = Month.parse(fields_of(shapes.MonthQuery, request.query_params)["month"])
    statement = queries.statement_of(wallet, month)
    if _wants_csv(request):
        return _csv(("row", *_COLUMNS), _statement_rows(statement), name=f"wallet-{wallet.pk}-{month}")
    entries = page(statement.entries, request, ordering=_OLDEST_FIRST, body=bodies.entry_body)
    return Response(bodies.statement_body(statement, entries.data))


def _wants_csv(request: Request) -> bool:
    return bool(request.accepted_renderer.format == CsvRenderer.format)


def _csv(header: Sequence[str], rows: Iterator[Sequence[object]], *, name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        csv_lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"},
    )


def _cells(entry: WalletEntry) -> list[object]:
    body = {**bodies.entry_body(entry), "created_at": entry.created_at.isoformat()}
    return [guarded(str(value)) if name in _TEXTS else value for name, value in body.items()]


def _statement_rows(statement: Statement) -> Iterator[Sequence[object]]:
    yield _summary("opening", statement.opening.version, after=statement.opening)
    for entry in queries.oldest_first(statement.entries):
        yield ["entry", *_cells(entry)]
    for kind, total in statement.totals.items():
        yield _summary("total", total.entries, kind=kind.value, delta=total)
    yield _summary("closing", statement.closing.version, after=statement.closing)


def _summary(
    row: str,
    version: int,
    *,
    kind: str = "",
    delta: queries.Total | None = None,
    after: queries.Balance | None = None,
) -> Sequence[object]:
    deltas = [display(delta.available), display(delta.held)] if delta else ["", ""]
    afters = [display(after.available), display(after.held)] if after else ["", ""]
    return [row, "", version, kind, *deltas, *afters, "", "", "", ""]
