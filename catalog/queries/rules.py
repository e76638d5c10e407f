"""Which commission rule and which exchange rate a partner's price is made with."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from catalog.models import CommissionRule
from catalog.pricing import Rule, winning_rule
from steller import database
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
    return _rules(partner_id=partner_id, products=None, brands=None)


def rules_for_products(*, partner_id: int, product_ids: Collection[int], brand_ids: Collection[int]) -> Rules:
    """Return the rules in force for a partner that can fit these products. One query."""
    return _rules(partner_id=partner_id, products=list(product_ids), brands=list(brand_ids))


def rules_about(*, partner_id: int, product_id: int, brand_id: int, currency: str) -> list[Rule]:
    """Return all rules that could speak of a product to a partner, past and coming ones too. One query."""
    rows = CommissionRule.objects.filter(
        Q(partner=partner_id) | Q(partner=None),
        Q(product=product_id) | Q(product=None),
        Q(brand=brand_id) | Q(brand=None),
        currency__in=["", currency],
    )
    return [
        Rule(
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
        for row in rows
    ]


# By hand, as every order asks it. Without a list of products and brands their columns do not matter.
_RULES = """
SELECT id, partner_id, product_id, brand_id, currency, kind = 'percent', basis = 'included', value, starts_at, ends_at
FROM catalog_commissionrule
WHERE (partner_id = %(partner_id)s OR partner_id IS NULL)
  AND (starts_at IS NULL OR starts_at <= %(now)s) AND (ends_at IS NULL OR ends_at > %(now)s)
  AND (product_id IS NULL OR product_id = ANY(coalesce(%(products)s::bigint[], ARRAY[product_id])))
  AND (brand_id IS NULL OR brand_id = ANY(coalesce(%(brands)s::bigint[], ARRAY[brand_id])))
"""


def _rules(**about: Any) -> Rules:
    now = timezone.now()
    with database.prepared_cursor() as cursor:
        cursor.execute(_RULES, about | {"now": now})
        return Rules([Rule(*row) for row in cursor.fetchall()], at=now)
