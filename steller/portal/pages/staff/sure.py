"""The step before money moves: what will happen, by how much and to whom is said, then asked; without script too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from steller.errors import DomainError, NotFoundError
from steller.portal.pages.staff.access import Colleague, explain

# What the page adds to what was filled in, and what must not be sent on.
_OWN_FIELDS = frozenset({"csrfmiddlewaretoken", "sure"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What is about to happen, as the one who does it reads it before it does."""

    heading: str
    effect: str
    facts: Sequence[tuple[str, str]]
    label: str
    is_danger: bool = False


def is_sure(request: HttpRequest) -> bool:
    """Tell whether the one who asks has read the statement and said yes."""
    return request.POST.get("sure") == "yes"


def ask(
    request: HttpRequest,
    colleague: Colleague,
    state: Callable[[], Statement],
    *,
    back: str,
    again: Callable[[], HttpResponse] | None = None,
) -> HttpResponse:
    """Show what will happen with what was filled in; what cannot happen is told where it was filled in.

    `again` shows a refused form with what was filled in.

    Raises:
        Http404: it is about something that does not exist.

    """
    try:
        statement = state()
    except NotFoundError as error:
        raise Http404 from error
    except DomainError as refusal:
        messages.error(request, explain(refusal))
        return redirect(back) if again is None else again()
    filled_in = [(name, value) for name, values in request.POST.lists() if name not in _OWN_FIELDS for value in values]
    context = {"colleague": colleague, "statement": statement, "filled_in": filled_in, "back": back}
    return render(request, "portal/staff/sure_page.html", context)
