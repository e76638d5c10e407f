"""CSV that a spreadsheet shows as it is: no cell that came from outside is ever run as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

# What spreadsheets take for the beginning of a formula; tabs and line ends are skipped by some before they look. And
# the apostrophe, so that taking a leading one away gives back exactly what was there.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Write the header and each row as a line of CSV, as the rows come; the caller has guarded what is not its own."""
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow(row)


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Write rows as CSV."""
    writer = csv.writer(_Echo())
    return "".join(writer.writerow([cell(value) for value in row]) for row in rows)


def cell(value: object) -> str:
    """Write a value. A number stays a number, below zero too; text that looks like a formula is guarded."""
    match value:
        case None:
            return ""
        case bool() | int() | float():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat()
        case _:
            return guarded(str(value))


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run; take a leading one away to read it back."""
    dangerous = text.startswith(_DANGEROUS) or text.lstrip(" ").startswith(_DANGEROUS)
    return f"'{text}" if dangerous else text
