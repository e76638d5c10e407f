"""What a partner would pay for a card, and why: for staff, who see our cost too.

The price is made by the code that orders and estimates use; this adds the rules that were passed over.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from catalog.models import CatalogRule, Product
from catalog.pricing import Rule, precedence
from catalog.queries.lines import LineRequest, PricedLine, price_lines
from catalog.queries.rules import rules_about
from catalog.queries.visibility import deciding_rule
from steller.errors import DomainError, NotFoundError


@dataclass(frozen=True, slots=True)
class ConsideredRule:
    """A commission rule that speaks of the product, and what became of it."""

    id: int
    terms: str
    about: str
    starts_at: datetime | None
    ends_at: datetime | None
    wins: bool
    why: str


@dataclass(frozen=True, slots=True)
class PriceExplanation:
    """One card for one partner: the price or the refusal, and everything that led there.

    `line` has the price with all its parts. `margin_amount` is what we earn on the card, in the wallet's currency.
    `catalog_rule` decides whether the partner sees the product; None: no rule speaks of it, so it is seen.
    """

    product: Product
    face_value: Decimal
    currency: str
    is_visible: bool
    catalog_rule: CatalogRule | None
    rules: tuple[ConsideredRule, ...]
    line: PricedLine | None
    refusal: DomainError | None
    margin_amount: Decimal | None
    margin_percent: Decimal | None


def price_explanation(
    *, partner_id: int, product_id: int, face_value: Decimal, currency: str | None = None, mode: str = "live"
) -> PriceExplanation:
    """Explain what a partner would pay now for one card, in `currency` or else in the card's own.

    Raises:
        NotFoundError: there is no such product.

    """
    product = Product.objects.select_related("brand").filter(pk=product_id).first()
    if product is None:
        raise NotFoundError("No such product.")
    wallet_currency = currency or product.brand.currency
    line: PricedLine | None = None
    refusal: DomainError | None = None
    try:
        (line,) = price_lines(
            partner_id=partner_id,
            currency=wallet_currency,
            mode=mode,
            lines=[LineRequest(product_id=product_id, face_value=face_value, quantity=1)],
        )
    except DomainError as error:
        refusal = error
    deciding = deciding_rule(product, partner_id=partner_id)
    margin = None if line is None else line.unit_price - Decimal(line.parts["cost"]) * Decimal(line.parts["cost_rate"])
    return PriceExplanation(
        product=product,
        face_value=face_value,
        currency=wallet_currency,
        is_visible=deciding is None or deciding.effect == CatalogRule.Effect.ALLOW,
        catalog_rule=deciding,
        rules=_considered(product, partner_id),
        line=line,
        refusal=refusal,
        margin_amount=margin,
        margin_percent=None if line is None or margin is None else _percent(margin, line.unit_price),
    )


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return (part / whole * 100).quantize(Decimal("0.01"))


def _considered(product: Product, partner_id: int) -> tuple[ConsideredRule, ...]:
    """Return the rules that speak of the product, those in force first and the winner at their head."""
    now = timezone.now()
    fitting = rules_about(
        partner_id=partner_id, product_id=product.pk, brand_id=product.brand_id, currency=product.brand.currency
    )
    fitting.sort(key=lambda rule: (rule.in_force(now), precedence(rule)), reverse=True)
    winner = fitting[0] if fitting and fitting[0].in_force(now) else None
    return tuple(
        ConsideredRule(
            id=rule.id,
            terms=str(rule),
            about=_about(rule),
            starts_at=rule.starts_at,
            ends_at=rule.ends_at,
            wins=rule is winner,
            why=_why(rule, winner, now),
        )
        for rule in fitting
    )


def _about(rule: Rule) -> str:
    whose = "this partner" if rule.partner_id is not None else "all partners"
    what = [
        name
        for name, is_named in (
            ("this product", rule.product_id is not None),
            ("this brand", rule.brand_id is not None),
            (f"cards in {rule.currency}", bool(rule.currency)),
        )
        if is_named
    ]
    return f"{whose}, {', '.join(what) or 'everything'}"


def _why(rule: Rule, winner: Rule | None, now: datetime) -> str:
    if rule is winner:
        return "The most specific rule in force."
    if winner is None or not rule.in_force(now):
        return "Not begun yet." if rule.starts_at is not None and rule.starts_at > now else "Ended."
    return f"Rule {winner.id} {_advantage(winner, rule)}."


def _advantage(winner: Rule, other: Rule) -> str:
    reasons = (
        "is the partner's own",
        "is about the product",
        "is about the brand",
        "is about the currency",
        "started later",
        "is newer",
    )
    return next(
        reason for reason, mine, its in zip(reasons, precedence(winner), precedence(other), strict=True) if mine != its
    )
