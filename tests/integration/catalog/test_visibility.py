"""What a partner may see and buy: one order of precedence in lists, estimates and orders alike."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog import queries, services
from catalog.models import Brand, CatalogRule, Category, Product
from catalog.queries import LineRequest
from catalog.services import Author, Target
from orders.models import Order
from partners.models import AuditEntry, Partner
from steller import errors
from tests import factories
from tests.integration.api.asking import assert_nothing_happened, assert_problem, body_for

pytestmark = pytest.mark.django_db
AUTHOR = Author("user:1", "Agreed on the phone")


def deny(partner: Partner | None = None, **about: Any) -> CatalogRule:
    return rule("deny", partner, **about)


def allow(partner: Partner | None = None, **about: Any) -> CatalogRule:
    return rule("allow", partner, **about)


def rule(effect: str, partner: Partner | None, **about: Any) -> CatalogRule:
    target = Target(partner_id=partner.pk if partner else None, **about)
    return services.set_catalog_rule(target=target, effect=effect, author=AUTHOR)


def listed(partner: Partner) -> set[int]:
    return set(queries.product_list(partner_id=partner.pk).values_list("pk", flat=True))


def orderable(partner: Partner, products: Iterable[Product]) -> set[int]:
    """Return the products that the order path knows."""
    found = set()
    for product in products:
        line = LineRequest(product.pk, product.min_face_value, 1)
        try:
            queries.price_lines(partner_id=partner.pk, currency="USD", mode="live", lines=[line])
        except errors.ProductUnknownError:
            continue
        except errors.DomainError:
            pass
        found.add(product.pk)
    return found


class TestRules:
    @pytest.fixture
    def product(self) -> Product:
        product: Product = factories.ProductFactory.create(brand__country="US")
        product.brand.categories.add(factories.CategoryFactory.create())
        return product

    @pytest.fixture
    def partner(self) -> Partner:
        partner: Partner = factories.PartnerFactory.create()
        return partner

    def about(self, product: Product) -> dict[str, dict[str, Any]]:
        return {
            "product": {"product_id": product.pk},
            "brand": {"brand_id": product.brand_id},
            "category": {"category_id": product.brand.categories.earliest("pk").pk},
            "country": {"country": "US"},
            "everything": {},
        }

    def test_without_any_all_is_seen(self, partner: Partner, product: Product) -> None:
        assert listed(partner) == {product.pk}

    @pytest.mark.parametrize("what", ["product", "brand", "category", "country", "everything"])
    @pytest.mark.parametrize("whose", ["own", "general"])
    def test_hide_what_they_speak_of(self, partner: Partner, product: Product, what: str, whose: str) -> None:
        deny(partner if whose == "own" else None, **self.about(product)[what])

        assert listed(partner) == set()
        assert not queries.brand_list(partner_id=partner.pk).exists()
        assert not queries.category_list(partner_id=partner.pk).exists()
        assert orderable(partner, [product]) == set()

    def test_the_narrower_wins(self, partner: Partner, product: Product) -> None:
        about = self.about(product)
        for wider, narrower in zip(list(about)[:0:-1], list(about)[-2::-1], strict=True):
            deny(partner, **about[wider])
            allow(partner, **about[narrower])
            assert listed(partner) == {product.pk}, (wider, narrower)
            CatalogRule.objects.all().delete()

    def test_the_partner_s_own_wins_over_a_general_one(self, partner: Partner, product: Product) -> None:
        deny(product_id=product.pk)
        allow(partner)

        assert listed(partner) == {product.pk}
        assert listed(factories.PartnerFactory.create()) == set()

    def test_of_two_categories_that_disagree_deny_wins(self, partner: Partner, product: Product) -> None:
        other = factories.CategoryFactory.create()
        product.brand.categories.add(other)
        allow(partner, **self.about(product)["category"])
        deny(partner, category_id=other.pk)

        assert listed(partner) == set()

    def test_of_other_partners_do_not_count(self, partner: Partner, product: Product) -> None:
        deny(factories.PartnerFactory.create())

        assert listed(partner) == {product.pk}


class TestVisibility:
    @hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_lists_and_the_order_path_agree_with_the_rules_as_told(self, data: Any, db: None) -> None:
        for model in (CatalogRule, Product, Brand, Category):
            model._default_manager.all().delete()
        partner = factories.PartnerFactory.create()
        categories = factories.CategoryFactory.create_batch(2)
        brands = [factories.BrandFactory.create(country=country) for country in ("US", "DE")]
        for brand in brands:
            brand.categories.set(data.draw(st.lists(st.sampled_from(categories), unique=True)))
        products = [factories.ProductFactory.create(brand=brand) for brand in brands for _ in range(2)]
        things = {"category_id": categories, "brand_id": brands, "product_id": products}
        about = st.sampled_from(
            [
                {},
                {"country": "US"},
                {"country": "DE"},
                *({name: row.pk} for name, rows in things.items() for row in rows),
            ]
        )
        for _ in range(data.draw(st.integers(0, 6))):
            rule(
                data.draw(st.sampled_from(["allow", "deny"])),
                data.draw(st.sampled_from([None, partner])),
                **data.draw(about),
            )

        expected = {product.pk for product in products if told(partner, product)}

        assert listed(partner) == expected
        assert orderable(partner, products) == expected
        for product in products:
            deciding = queries.deciding_rule(product, partner_id=partner.pk)
            assert (deciding is None or deciding.effect == "allow") is (product.pk in expected)


def told(partner: Partner, product: Product) -> bool:
    """Decide by the sentences of the documentation, as plainly as they can be written."""
    rules = list(CatalogRule.objects.filter(ended_at=None))
    for whose in (partner.pk, None):
        own = [each for each in rules if each.partner_id == whose]
        levels = [
            [each for each in own if each.product_id == product.pk],
            [each for each in own if each.brand_id == product.brand_id],
            [each for each in own if each.category_id in set(product.brand.categories.values_list("pk", flat=True))],
            [each for each in own if each.country == product.brand.country],
            [each for each in own if each.about == "everything"],
        ]
        for level in levels:
            if level:
                return all(each.effect == "allow" for each in level)
    return True


class TestAHiddenProduct:
    def test_is_unknown_to_orders_and_estimates(self, buyer: Any) -> None:
        deny(buyer.partner, product_id=buyer.product.pk)
        body = body_for(buyer.product)

        assert_problem(buyer.api.post("/api/order", body), 422, "product_unknown")
        assert_nothing_happened(buyer)
        estimate = {"currency": "USD", "items": body["items"]}
        assert_problem(buyer.api.post("/api/order/estimate", estimate), 422, "product_unknown")
        assert buyer.api.get("/api/product").json()["results"] == []

    def test_costs_the_order_path_no_further_query(self, buyer: Any, django_assert_num_queries: Any) -> None:
        deny(buyer.partner)
        allow(buyer.partner, product_id=buyer.product.pk)
        buyer.api.post("/api/order", body_for(buyer.product))

        with django_assert_num_queries(8):
            buyer.api.post("/api/order", body_for(buyer.product))
        assert Order.objects.count() == 2


class TestSettingRules:
    def test_replaces_the_rule_about_the_same_thing_and_keeps_its_history(self) -> None:
        partner, brand = factories.PartnerFactory.create(), factories.BrandFactory.create()
        first = deny(partner, brand_id=brand.pk)

        second = allow(partner, brand_id=brand.pk)

        first.refresh_from_db()
        assert first.ended_at is not None
        assert second.ended_at is None
        entries = AuditEntry.objects.filter(partner=partner).order_by("pk")
        assert [entry.action for entry in entries][-3:] == ["catalog_rule.set", "catalog_rule.end", "catalog_rule.set"]
        assert {entry.reason for entry in entries if "catalog" in entry.action} == {AUTHOR.reason}

    def test_twice_changes_nothing(self) -> None:
        assert deny(country="US") == deny(country="US")
        assert AuditEntry.objects.filter(action="catalog_rule.set").count() == 1

    def test_ends_once(self) -> None:
        denied = deny(country="US")

        for _ in range(2):
            services.end_catalog_rule(rule_id=denied.pk, author=AUTHOR)

        assert AuditEntry.objects.filter(action="catalog_rule.end").count() == 1

    @pytest.mark.parametrize(
        "about", [{"product_id": 0}, {"brand_id": 0}, {"category_id": 0}, {"brand_id": 1, "country": "US"}]
    )
    def test_refuses_what_cannot_be(self, about: dict[str, Any]) -> None:
        with pytest.raises(errors.InvalidRequestError):
            deny(**about)
        assert not CatalogRule.objects.exists()

    def test_refuses_a_wrong_effect_and_an_unknown_rule(self) -> None:
        with pytest.raises(errors.InvalidRequestError):
            rule("hide", None)
        with pytest.raises(errors.NotFoundError):
            services.end_catalog_rule(rule_id=0, author=AUTHOR)
