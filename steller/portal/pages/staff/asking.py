"""What forms of staff pages share: fields of dialogs are refused as services refuse, in one message."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners import queries as partners
from steller.errors import InvalidRequestError

# A list to choose from that is longer than this is no help: partners' own pages are the way then.
_MOST_CHOICES = 500


class StaffForm(forms.Form):
    """A form whose values are taken whole or refused."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"label_suffix": "", **options})

    def checked(self) -> dict[str, Any]:
        """Return what was filled in.

        Raises:
            InvalidRequestError: something is missing or wrong.

        """
        if self.is_valid():
            return self.cleaned_data
        wrong = [f"{self.fields[name].label}: {' '.join(map(str, errors))}" for name, errors in self.errors.items()]
        raise InvalidRequestError(" ".join(wrong))


class RefundForm(StaffForm):
    """How much of a card's price goes back; empty: what is left of it."""

    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal("0.0001"), max_digits=18, decimal_places=4, required=False
    )


class DaysForm(StaffForm):
    """Some days, both included."""

    first_day = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))


def reason_field() -> forms.CharField:
    """Ask why; it goes to the audit log."""
    return forms.CharField(label=_("Reason"), max_length=300, help_text=_("It is kept in the audit log."))


def partner_choices(*, everybody: Any = None) -> list[tuple[Any, Any]]:
    """Return partners to choose from, by name; first that it is about all of them, if that can be."""
    names: Iterable[tuple[Any, Any]] = (
        partners.partners_like({}).order_by("name", "pk").values_list("pk", "name")[:_MOST_CHOICES]
    )
    return [*([("", everybody)] if everybody else []), *names]
