"""How amounts and spans of time are written on pages: grouped thousands, two decimals or as many as they have."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from steller.money import display, round_half_up

register = template.Library()
_THOUSAND, _MILLION = Decimal(1000), Decimal(1_000_000)


@register.filter
def money(amount: Decimal | None) -> str:
    """Write an amount, `1,234.50`; nothing for none."""
    if amount is None:
        return ""
    whole, _, decimals = display(abs(amount)).partition(".")
    return f"{'-' if amount < 0 else ''}{int(whole):,}.{decimals}"


@register.filter
def rounded(amount: Decimal | None) -> str:
    """Write an amount that was added up or converted, to two decimals; nothing for none."""
    return "" if amount is None else money(round_half_up(amount, 2))


@register.filter
def as_amount(text: str) -> Decimal:
    """Return the amount that a text stands for, as parts of a price are kept."""
    return Decimal(text)


@register.filter
def as_moment(text: str) -> datetime:
    """Return the moment that a text stands for, as parts of a price are kept."""
    return datetime.fromisoformat(text)


@register.filter
def signed(amount: Decimal) -> str:
    """Write a change with its sign; nothing for no change."""
    if not amount:
        return ""
    return f"+{money(amount)}" if amount > 0 else money(amount)


@register.filter
def plain(amount: Decimal) -> str:
    """Write an amount as an input field needs it: a point, no groups, no needless zeros."""
    return display(amount, places=0)


@register.filter
def grouped(count: int) -> str:
    """Write a count, `2,702`."""
    return f"{count:,}"


@register.filter
def compact(amount: Decimal) -> str:
    """Write an amount for the edge of a chart: 1,500 or 2.5k."""
    if amount < _THOUSAND * 10:
        return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    unit, name = (_THOUSAND, "k") if amount < _MILLION else (_MILLION, "M")
    return f"{amount / unit:.1f}".removesuffix(".0") + name


_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@register.filter
def duration(seconds: float | Decimal) -> str:
    """Write a span of time in the unit that people would take: 9.0 s, 12 min, 3.5 h, 2.1 d."""
    span = float(seconds)
    for unit, name in ((_DAY, _("d")), (_HOUR, _("h")), (_MINUTE, _("min"))):
        # Of minutes and hours, two of them at least: 90 seconds say more than 1.5 minutes.
        if span >= 2 * unit:
            return f"{span / unit:.0f} {name}" if unit == _MINUTE else f"{span / unit:.1f} {name}"
    return f"{span:.1f} {_('s')}"


# What a partner reads for the ledger's words.
_ENTRY_KINDS: Mapping[str, Promise] = {
    "top_up": _("Top-up"),
    "hold": _("Held for an order"),
    "capture": _("Charged for delivered cards"),
    "release": _("Returned from an order"),
    "refund": _("Refund"),
    "adjustment": _("Correction"),
}


@register.filter
def entry_kind(kind: str) -> str:
    """Say why money moved."""
    return str(_ENTRY_KINDS.get(kind, kind))
