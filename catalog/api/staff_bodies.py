"""What staff send and read of the catalog, as JSON."""

from typing import Any

from rest_framework import serializers

from catalog.models import CatalogRule, CommissionRule, SyncRun
from catalog.queries import PriceExplanation
from steller.money import display, plain

_ID: dict[str, Any] = {"required": False, "min_value": 1, "max_value": 2**63 - 1}


class WithReason(serializers.Serializer[Any]):
    """Why, if one likes to say."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class RequiredReason(serializers.Serializer[Any]):
    """Why: it stands in the audit log."""

    reason = serializers.CharField(max_length=300)


class SyncRunBody(serializers.Serializer[Any]):
    """A synchronisation: counts are of products."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=SyncRun.Status.choices)
    trigger = serializers.ChoiceField(choices=SyncRun.Trigger.choices)
    actor = serializers.CharField()
    reason = serializers.CharField()
    version = serializers.IntegerField(help_text="Of the supplier's catalog.")
    requested_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    pages = serializers.IntegerField()
    brands = serializers.IntegerField()
    unreadable = serializers.IntegerField()
    inserted = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)


class CommissionFilters(serializers.Serializer[Any]):
    """Which commission rules to list."""

    partner = serializers.IntegerField(**_ID)
    product = serializers.IntegerField(**_ID)
    brand = serializers.IntegerField(**_ID)
    currency = serializers.CharField(required=False, max_length=3)
    in_force = serializers.BooleanField(required=False, default=False, help_text="Only those that hold now.")


class NewCommission(RequiredReason):
    """A rule to open; what is left out of its scope fits everything."""

    partner_id = serializers.IntegerField(allow_null=True, **_ID)
    product_id = serializers.IntegerField(allow_null=True, **_ID)
    brand_id = serializers.IntegerField(allow_null=True, **_ID)
    currency = serializers.RegexField(r"^[A-Za-z]{3}$", required=False, allow_blank=True, help_text="The face value's.")
    kind = serializers.ChoiceField(choices=CommissionRule.Kind.choices)
    basis = serializers.ChoiceField(
        choices=CommissionRule.Basis.choices, help_text="included: a discount on the face value; extra: on top of it."
    )
    value = serializers.DecimalField(max_digits=10, decimal_places=4, min_value=0)
    starts_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Now, if left out.")
    ends_at = serializers.DateTimeField(required=False, allow_null=True)


class CommissionEnd(RequiredReason):
    """When a rule ends."""

    ends_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Now, if left out.")


class CommissionBody(serializers.Serializer[Any]):
    """A commission rule."""

    id = serializers.IntegerField()
    partner_id = serializers.IntegerField(allow_null=True)
    product_id = serializers.IntegerField(allow_null=True)
    brand_id = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(choices=CommissionRule.Kind.choices)
    basis = serializers.ChoiceField(choices=CommissionRule.Basis.choices)
    value = serializers.CharField()
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    updated_at = serializers.DateTimeField()
    updated_by = serializers.CharField()


class CatalogRuleFilters(serializers.Serializer[Any]):
    """Which catalog rules to list."""

    partner = serializers.IntegerField(help_text="Those of this partner and the general ones.", **_ID)
    in_force = serializers.BooleanField(required=False, default=False, help_text="Without ended ones.")


class NewCatalogRule(RequiredReason):
    """What to allow or deny: one thing, or everything."""

    partner_id = serializers.IntegerField(allow_null=True, help_text="None: all partners.", **_ID)
    effect = serializers.ChoiceField(choices=CatalogRule.Effect.choices)
    product_id = serializers.IntegerField(allow_null=True, **_ID)
    brand_id = serializers.IntegerField(allow_null=True, **_ID)
    category_id = serializers.IntegerField(allow_null=True, **_ID)
    country = serializers.CharField(required=False, allow_blank=True, max_length=3)


class CatalogRuleBody(serializers.Serializer[Any]):
    """A rule about what partners may see and buy."""

    id = serializers.IntegerField()
    partner_id = serializers.IntegerField(allow_null=True)
    effect = serializers.ChoiceField(choices=CatalogRule.Effect.choices)
    product_id = serializers.IntegerField(allow_null=True)
    brand_id = serializers.IntegerField(allow_null=True)
    category_id = serializers.IntegerField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    updated_by = serializers.CharField()


class PriceQuestion(serializers.Serializer[Any]):
    """Whose price, of which card."""

    partner = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    product = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    face_value = serializers.DecimalField(max_digits=18, decimal_places=4, min_value=0)
    currency = serializers.CharField(required=False, max_length=3, help_text="The wallet's; else the card's own.")


class ConsideredRuleBody(serializers.Serializer[Any]):
    """A commission rule that speaks of the card, and what became of it."""

    id = serializers.IntegerField()
    terms = serializers.CharField()
    about = serializers.CharField()
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    wins = serializers.BooleanField()
    why = serializers.CharField()


class ExplanationBody(serializers.Serializer[Any]):
    """A price with all its parts, our cost and margin; or the refusal that an order would meet."""

    product_id = serializers.IntegerField()
    product_name = serializers.CharField()
    face_value = serializers.CharField()
    face_value_currency = serializers.CharField()
    currency = serializers.CharField()
    is_visible = serializers.BooleanField()
    catalog_rule_id = serializers.IntegerField(allow_null=True)
    unit_price = serializers.CharField(allow_null=True)
    margin_amount = serializers.CharField(allow_null=True)
    margin_percent = serializers.CharField(allow_null=True)
    parts = serializers.DictField(child=serializers.CharField(), allow_null=True)
    refusal = serializers.CharField(allow_null=True, help_text="The code of the refusal.")
    refusal_detail = serializers.CharField(allow_null=True)
    rules = ConsideredRuleBody(many=True)


def sync_run_body(run: SyncRun) -> dict[str, object]:
    """Write a synchronisation."""
    return _taken(SyncRunBody, run) | {"error": run.error or None}


def commission_body(rule: CommissionRule) -> dict[str, object]:
    """Write a commission rule."""
    return _taken(CommissionBody, rule) | {"currency": rule.currency or None, "value": plain(rule.value)}


def catalog_rule_body(rule: CatalogRule) -> dict[str, object]:
    """Write a rule about what partners see."""
    return _taken(CatalogRuleBody, rule) | {"country": rule.country or None}


def explanation_body(told: PriceExplanation) -> dict[str, object]:
    """Write a price and why it is so."""
    return {
        "product_id": told.product.pk,
        "product_name": told.product.name,
        "face_value": display(told.face_value),
        "face_value_currency": told.product.brand.currency,
        "currency": told.currency,
        "is_visible": told.is_visible,
        "catalog_rule_id": told.catalog_rule and told.catalog_rule.pk,
        "unit_price": told.line and display(told.line.unit_price),
        "margin_amount": None if told.margin_amount is None else plain(told.margin_amount),
        "margin_percent": None if told.margin_percent is None else plain(told.margin_percent),
        "parts": told.line and told.line.parts,
        "refusal": told.refusal and told.refusal.code,
        "refusal_detail": told.refusal and told.refusal.detail,
        "rules": [_taken(ConsideredRuleBody, rule) for rule in told.rules],
    }


def _taken(shape: type[serializers.Serializer[Any]], row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in shape().get_fields()}
