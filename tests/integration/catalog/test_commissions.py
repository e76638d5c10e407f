"""Commission rules: opened and ended, never changed; every change says who and why; and a price can be explained."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog import queries, services
from catalog.models import CommissionRule, Product
from catalog.services import Author, Commission, RuleScope, Target
from partners.models import AuditEntry
from steller import errors
from tests.factories import AccountFactory, CommissionRuleFactory, PartnerFactory, ProductFactory
from wallets.models import ExchangeRate

pytestmark = pytest.mark.django_db
AUTHOR = Author("user:5", "New contract")
EVERYTHING = RuleScope()
HOUR = timedelta(hours=1)


def opened(
    value: str = "2", *, scope: RuleScope = EVERYTHING, kind: str = "percent", basis: str = "extra", **times: Any
) -> Any:
    commission = Commission(kind, basis, Decimal(value))
    return services.open_commission(scope=scope, commission=commission, author=AUTHOR, **times)


class TestOpening:
    def test_ends_the_rule_of_the_same_scope_and_writes_both_down(self) -> None:
        first = opened("2")

        second = opened("3")

        first.refresh_from_db()
        assert first.ends_at == second.starts_at
        assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
            "commission.open", "commission.end", "commission.open"
        ]  # fmt: skip
        entry = AuditEntry.objects.latest("pk")
        assert (entry.actor, entry.reason, entry.after and entry.after["value"]) == ("user:5", "New contract", "3")

    def test_leaves_other_scopes_alone(self) -> None:
        general = opened("2")

        opened("3", scope=RuleScope(currency="EUR"))
        opened("4", scope=RuleScope(partner_id=PartnerFactory.create().pk))

        general.refresh_from_db()
        assert general.ends_at is None

    def test_later_lets_the_present_rule_hold_until_then(self) -> None:
        now = timezone.now()
        present = opened("2")

        coming = opened("3", starts_at=now + HOUR)

        present.refresh_from_db()
        assert present.ends_at == coming.starts_at == now + HOUR

    def test_before_a_rule_that_starts_later_needs_an_end(self) -> None:
        now = timezone.now()
        opened("3", starts_at=now + HOUR)

        with pytest.raises(errors.InvalidRequestError, match="starts later"):
            opened("2")
        assert opened("2", ends_at=now + HOUR).ends_at == now + HOUR

    @pytest.mark.parametrize(
        "wrong",
        [
            {"value": "-1"},
            {"value": "0.00001"},
            {"kind": "some"},
            {"basis": "included", "value": "100"},
            {"starts_at": timezone.now() - HOUR},
            {"ends_at": timezone.now() - HOUR},
            {"scope": RuleScope(product_id=0)},
            {"scope": RuleScope(brand_id=0)},
            {"scope": RuleScope(partner_id=0)},
            {"scope": RuleScope(brand_id=1, product_id=1)},
        ],
    )
    def test_refuses_what_cannot_be(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(errors.InvalidRequestError):
            opened(**wrong)
        assert not CommissionRule.objects.exists()
        assert not AuditEntry.objects.exists()


class TestEnding:
    def end(self, rule: CommissionRule, **at: Any) -> Any:
        return services.end_commission(rule_id=rule.pk, author=AUTHOR, **at)

    def test_is_now_or_later(self) -> None:
        now = timezone.now()
        assert self.end(opened(scope=RuleScope(currency="EUR"))).ends_at >= now
        rule = opened()
        assert self.end(rule, ends_at=now + HOUR).ends_at == now + HOUR
        assert self.end(rule).ends_at < now + HOUR

    def test_before_it_began_means_that_it_never_does(self) -> None:
        coming = opened(starts_at=timezone.now() + HOUR)

        ended = self.end(coming)

        assert ended.ends_at == ended.starts_at
        assert opened("4").ends_at is None

    def test_is_refused_in_the_past_twice_or_for_nothing(self) -> None:
        rule = opened()
        with pytest.raises(errors.InvalidRequestError):
            self.end(rule, ends_at=timezone.now() - HOUR)
        self.end(rule)
        with pytest.raises(errors.InvalidRequestError):
            self.end(rule)
        with pytest.raises(errors.NotFoundError):
            self.end(CommissionRule(pk=0))


class TestExplaining:
    @pytest.fixture
    def product(self) -> Product:
        AccountFactory.create()
        product: Product = ProductFactory.create()
        return product

    def explain(self, partner: Any, product: Product, face: str = "10", **more: Any) -> queries.PriceExplanation:
        return queries.price_explanation(partner_id=partner.pk, product_id=product.pk, face_value=Decimal(face), **more)

    def test_tells_the_price_its_parts_and_why_each_other_rule_lost(self, product: Product) -> None:
        partner = PartnerFactory.create()
        general = CommissionRuleFactory.create(value=1)
        ours = CommissionRuleFactory.create(partner=partner, value=2)
        narrow = CommissionRuleFactory.create(partner=partner, product=product, value=3)
        over = CommissionRuleFactory.create(partner=partner, product=product, value=4, ends_at=timezone.now())
        CommissionRuleFactory.create(partner=PartnerFactory.create())
        CommissionRuleFactory.create(currency="EUR")

        told = self.explain(partner, product)

        assert told.line is not None
        assert (told.line.unit_price, told.margin_amount) == (Decimal("10.30"), Decimal("0.80"))
        assert told.margin_percent == Decimal("7.77")
        assert [(rule.id, rule.wins, rule.why) for rule in told.rules] == [
            (narrow.pk, True, "The most specific rule in force."),
            (ours.pk, False, f"Rule {narrow.pk} is about the product."),
            (general.pk, False, f"Rule {narrow.pk} is the partner's own."),
            (over.pk, False, "Ended."),
        ]
        assert told.rules[0].about == "this partner, this product"
        assert told.refusal is None

    def test_tells_why_there_is_no_price(self, product: Product) -> None:
        partner = PartnerFactory.create()
        CommissionRuleFactory.create(partner=partner, starts_at=timezone.now() + HOUR)

        told = self.explain(partner, product)

        assert told.line is None
        assert isinstance(told.refusal, errors.PriceUnavailableError)
        assert [rule.why for rule in told.rules] == ["Not begun yet."]

    def test_tells_that_the_partner_does_not_see_the_product(self, product: Product) -> None:
        partner = PartnerFactory.create()
        hidden = services.set_catalog_rule(target=Target(partner_id=partner.pk), effect="deny", author=AUTHOR)

        told = self.explain(partner, product)

        assert (told.is_visible, told.catalog_rule) == (False, hidden)
        assert isinstance(told.refusal, errors.ProductUnknownError)

    def test_in_another_currency_names_the_rate(self, product: Product) -> None:
        CommissionRuleFactory.create()
        ExchangeRate.objects.create(base_id="USD", currency_id="EUR", value=Decimal("0.8"), read_at=timezone.now())

        told = self.explain(PartnerFactory.create(), product, currency="EUR")

        assert told.line is not None
        assert (told.line.unit_price, told.line.parts["rate"]) == (Decimal("8.00"), "0.8000000000")

    def test_of_no_product_is_refused(self) -> None:
        with pytest.raises(errors.NotFoundError):
            self.explain(PartnerFactory.create(), Product(pk=0))


class TestTheMinimumMargin:
    def test_raises_the_price_in_orders_and_lists_alike(self, buyer: Any, settings: Any) -> None:
        settings.MINIMUM_MARGIN_PERCENT = Decimal(8)
        items = [{"product_id": buyer.product.pk, "face_value": "10.00", "quantity": 2}]

        estimate = buyer.api.post("/api/order/estimate", {"currency": "USD", "items": items}).json()
        [product] = buyer.api.get("/api/product").json()["results"]

        # 9.50 and 8 percent.
        assert estimate["items"][0]["unit_price"] == "10.26"
        assert estimate["items"][0]["parts"]["is_raised"] is True
        assert product["price"]["min"] == "5.13"

    def test_an_estimate_does_not_tell_what_we_pay(self, buyer: Any) -> None:
        items = [{"product_id": buyer.product.pk, "face_value": "10.00", "quantity": 2}]

        [line] = buyer.api.post("/api/order/estimate", {"currency": "USD", "items": items}).json()["items"]

        assert set(line["parts"]) == {"face_value", "commission", "rate", "price_by_rule", "is_raised", "unit_price"}
