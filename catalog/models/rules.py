"""The rules that staff make: what partners pay, and what they see."""

from django.db import models
from django.db.models import F, Q

from steller.database import Recorded


class CommissionRule(Recorded):
    """How a partner's price follows from the face value; the most specific rule in force wins.

    The price of a card is its face value plus the commission, or less it when it is `included`; it is never
    below our cost and the minimum margin. No rule in force means no price: the product is shown "on request".
    Terms are never changed: a rule is ended and another one opened, so that old prices stay explained.
    """

    class Kind(models.TextChoices):
        """How `value` is meant."""

        PERCENT = "percent"
        FIXED = "fixed"

    class Basis(models.TextChoices):
        """Whether the commission lies inside the face value (a discount) or comes on top of it."""

        INCLUDED = "included"
        EXTRA = "extra"

    partner = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="commission_rules"
    )
    brand = models.ForeignKey("catalog.Brand", null=True, blank=True, on_delete=models.PROTECT)
    product = models.ForeignKey("catalog.Product", null=True, blank=True, on_delete=models.PROTECT)
    # The face value's currency.
    currency = models.CharField(max_length=3, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERCENT)
    basis = models.CharField(max_length=10, choices=Basis, default=Basis.EXTRA)
    value = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(value__gte=0), name="commission_is_not_negative"),
            models.CheckConstraint(
                condition=~Q(kind="percent", basis="included") | Q(value__lt=100),
                name="a_discount_is_less_than_the_whole",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                name="commission_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        sign, unit = (
            ("-" if self.basis == self.Basis.INCLUDED else "+"),
            ("%" if self.kind == self.Kind.PERCENT else ""),
        )
        return f"{sign}{self.value.normalize():f}{unit}"


class CatalogRule(Recorded):
    """What a partner may see and buy. What no rule speaks of is allowed.

    A partner's own rule comes before any general one; then product before brand before category before country
    before a rule about everything; of two categories that disagree, deny wins. A rule is ended, never changed.
    """

    class Effect(models.TextChoices):
        """What the rule does."""

        ALLOW = "allow"
        DENY = "deny"

    # Empty: all partners.
    partner = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.PROTECT, related_name="catalog_rules"
    )
    effect = models.CharField(max_length=5, choices=Effect)
    product = models.ForeignKey("catalog.Product", null=True, blank=True, on_delete=models.PROTECT)
    brand = models.ForeignKey("catalog.Brand", null=True, blank=True, on_delete=models.PROTECT)
    category = models.ForeignKey("catalog.Category", null=True, blank=True, on_delete=models.PROTECT)
    country = models.CharField(max_length=3, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "product", "brand", "category", "country"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="one_catalog_rule_about_one_thing",
            ),
            models.CheckConstraint(
                condition=(
                    Q(product=None, brand=None, category=None)
                    | Q(brand=None, category=None, country="")
                    | Q(product=None, category=None, country="")
                    | Q(product=None, brand=None, country="")
                ),
                name="catalog_rule_is_about_one_thing",
            ),
            models.CheckConstraint(condition=Q(effect__in=["allow", "deny"]), name="catalog_rule_allows_or_denies"),
        ]

    def __str__(self) -> str:
        return f"{self.effect} {self.about}"

    @property
    def about(self) -> str:
        """Name what the rule speaks of."""
        for name in ("product", "brand", "category"):
            if getattr(self, f"{name}_id") is not None:
                return f"{name}:{getattr(self, f'{name}_id')}"
        return f"country:{self.country}" if self.country else "everything"
