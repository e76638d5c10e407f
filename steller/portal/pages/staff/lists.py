"""Lists of staff pages: filters from the address, and pages whose count costs the same for ten million rows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from steller.portal.pages.orders import read_day

PAGE_SIZE = 25
# Nobody turns that many pages; who looks for more uses the filters.
MOST_COUNTED = 10_000
LARGEST_ID = 2**63 - 1


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic for the type checker only
    """Pages over a table of any size: rows are counted up to a limit, and later ones are reached by filters."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most the limit."""
        rows: Any = self.object_list
        return len(rows) if isinstance(rows, list) else int(rows.order_by()[: MOST_COUNTED + 1].count())

    @property
    def is_bounded(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.count > MOST_COUNTED


def page_of(rows: Any, request: HttpRequest, *, size: int = PAGE_SIZE, name: str = "page") -> "Page[Any]":
    """Return the page that the address asks for, the first or last one for nonsense."""
    return BoundedPaginator(rows, size).get_page(request.GET.get(name))


def asked(request: HttpRequest, names: Iterable[str]) -> dict[str, str]:
    """Read what the address asks for, each name, empty where it is silent."""
    return {name: request.GET.get(name, "").strip()[:200] for name in names}


def number_of(text: str) -> int | None:
    """Read an id; nothing for what is none."""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= LARGEST_ID else None


def since(text: str) -> datetime | None:
    """Read the beginning of a day."""
    return read_day(text)


def until(text: str) -> datetime | None:
    """Read the end of a day."""
    day = read_day(text)
    return None if day is None else day + timedelta(days=1)
