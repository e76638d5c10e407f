"""CSV that a spreadsheet shows as it is: no cell that came from outside is ever run as a formula."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

# What spreadsheets take for the beginning of a formula; tabs and line ends are skipped by some before they look.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Write rows as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: object) -> str:
    """Write a value. A number stays a number, below zero too; text that looks like a formula gets a quote in front."""
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
            text = str(value)
            return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text
