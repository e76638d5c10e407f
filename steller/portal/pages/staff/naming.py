"""Naming a product, brand or category in a form: by a suggestion for what was typed, by its number, or by its name.

The suggestions come while one types; without script the number or a name that only one thing bears will do.
"""

import re
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog import queries
from steller.portal.pages.staff.access import Colleague, staff_page
from steller.portal.pages.staff.lists import LARGEST_ID

_MOST = 12
# A suggestion is a brand, a product and a number.
_LONGEST = 500
# A number alone, or at the end of a suggestion that was taken.
_NUMBER = re.compile(r"(?:^|.*#)(\d+)")


class NamedField(forms.CharField):
    """The number of a product, brand or category, however it was named; None when it was not."""

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**{"required": False, "max_length": _LONGEST, **options})
        self.kind = kind
        self.widget.attrs |= {
            "list": f"{kind}-names",
            "autocomplete": "off",
            "placeholder": gettext_lazy("Name or number"),
            "hx-get": reverse_lazy("staff:catalog-names", kwargs={"kind": kind}),
            "hx-trigger": "input changed delay:200ms",
            "hx-target": f"#{kind}-names",
        }

    def clean(self, value: Any) -> Any:
        """Return the number, or say why it is not known."""
        text = cast("str", super().clean(value)).strip()
        if not text:
            return None
        if number := _NUMBER.fullmatch(text):
            return min(int(number[1]), LARGEST_ID)
        found = queries.things_named(self.kind, text)[:2]
        if len(found) == 1:
            return found[0].pk
        raise ValidationError(
            _("More than one is named like this. Take one of the suggestions, or give its number.")
            if found
            else _("Nothing is named like this.")
        )


@require_safe
@staff_page("catalog.view_product")
def names(request: HttpRequest, colleague: Colleague, kind: str) -> HttpResponse:
    """Suggest what is named like the text that was typed into the field of this kind."""
    if kind not in queries.KINDS_OF_THINGS:
        raise Http404
    text = request.GET.get(kind, "")[:100]
    found = queries.things_named(kind, text)[:_MOST] if text.strip() else []
    return render(request, "portal/staff/names.html", {"colleague": colleague, "found": found})
