"""The catalogue of errors, open to all: made from the classes that are raised, so it cannot lag behind them."""

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getdoc

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from steller.errors import DomainError


@dataclass(frozen=True, slots=True)
class Entry:
    """One code, as a person reads it who met it."""

    code: str
    status: int
    title: str
    advice: str
    retryable: bool
    is_open: bool = False


# It is no refusal but an accident, so it has no class.
_ACCIDENT = Entry(
    "internal_error",
    500,
    "Something went wrong on our side",
    "Nobody foresaw this. Repeat the same request, or tell us its reference id.",
    retryable=True,
    is_open=True,
)


@require_safe
@cache_control(public=True, max_age=300)
def catalogue(request: HttpRequest) -> HttpResponse:
    """Show every code with its status, whether to repeat, what became of the money, and what to do."""
    entries = sorted([*_refusals(DomainError), _ACCIDENT], key=lambda entry: (entry.status, entry.code))
    return render(request, "portal/errors.html", {"entries": entries})


def _refusals(kind: type[DomainError]) -> Iterator[Entry]:
    for child in kind.__subclasses__():
        advice = " ".join((getdoc(child) or "").split())
        # Away in the middle of a commit is the one refusal that cannot tell what became of the money.
        is_open = child.code == "unavailable"
        yield Entry(child.code, child.status, child.title, advice, child.retryable, is_open)
        yield from _refusals(child)
