"""Tables that leave the site: CSV, written row by row while it is sent, safe to open in a spreadsheet."""

from collections.abc import Iterable, Sequence

from django.http import StreamingHttpResponse

from steller.spreadsheets import cell, csv_lines


def as_csv(name: str, header: Sequence[str], rows: Iterable[Iterable[object]]) -> StreamingHttpResponse:
    """Answer with a CSV file; no more than a few rows are ever in memory."""
    lines = csv_lines(header, ([cell(value) for value in row] for row in rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
