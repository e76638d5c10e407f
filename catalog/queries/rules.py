"""Which commission rule and which exchange rate a partner's price is made with."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from catalog.models import CommissionRule
from catalog.pricing import Rule, winning_rule
from wallets import queries as wallets
from wallets.pricing import Rate, RateTable


class Rules:
    """The commission rules that may apply to a partner, and the exchange rates once a price needs them."""

    def __init__(self, rules: Iterable[Rule], *, at: datetime) -> None:
        """Take the rules to choose from and the time at which they must hold."""
        self._rules = tuple(rules)
        self.at = at

    def rule_for(self, *, product_id: int, brand_id: int, currency: str) -> Rule | None:
        """Return the most specific rule for a product, None when there is none."""
        return winning_rule(self._rules, product_id=product_id, brand_id=brand_id, currency=currency, at=self.at)

    def rate(self, source: str, target: str) -> Rate | None:
        """Return the rate between two currencies; the table is read only when they differ."""
        return self._no_rates.rate(source, target) or self._rates.rate(source, target)

    def is_fresh(self, rate: Rate) -> bool:
        """Tell whether a rate is young enough to price with."""
        age = None if rate.read_at is None else (self.at - rate.read_at).total_seconds()
        return age is None or age <= settings.RATE_MAX_AGE_SECONDS

    _no_rates = RateTable({})

    @cached_property
    def _rates(self) -> RateTable:
        return wallets.rate_table()


def rules_for(*, partner_id: int) -> Rules:
    """Return the rules in force for a partner. One query; rates take another when a price needs them."""
    return _rules(partner_id, Q())


def rules_for_products(*, partner_id: int, product_ids: Collection[int], brand_ids: Collection[int]) -> Rules:
    """Return the rules in force for a partner that can fit these products. One query."""
    return _rules(
        partner_id,
        Q(product=None) | Q(product__in=product_ids),
        Q(brand=None) | Q(brand__in=brand_ids),
    )


def _rules(partner_id: int, *about: Q) -> Rules:
    now = timezone.now()
    rows = CommissionRule.objects.filter(
        Q(partner=partner_id) | Q(partner=None),
        Q(starts_at=None) | Q(starts_at__lte=now),
        Q(ends_at=None) | Q(ends_at__gt=now),
        *about,
    )
    return Rules([_rule(row) for row in rows], at=now)


def _rule(row: CommissionRule) -> Rule:
    return Rule(
        id=row.pk,
        partner_id=row.partner_id,
        product_id=row.product_id,
        brand_id=row.brand_id,
        currency=row.currency,
        percent=row.kind == CommissionRule.Kind.PERCENT,
        included=row.basis == CommissionRule.Basis.INCLUDED,
        value=row.value,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )
