"""How amounts are written on pages: grouped thousands, two decimals or as many as they have."""

from decimal import Decimal

from django import template

from steller.money import display

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    """Write an amount, `1,234.50`; nothing for none."""
    if amount is None:
        return ""
    whole, _, decimals = display(abs(amount)).partition(".")
    return f"{'-' if amount < 0 else ''}{int(whole):,}.{decimals}"


@register.filter
def signed(amount: Decimal) -> str:
    """Write a change with its sign; nothing for no change."""
    if not amount:
        return ""
    return f"+{money(amount)}" if amount > 0 else money(amount)
