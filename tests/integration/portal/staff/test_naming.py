"""Naming things of the catalog in forms: by suggestion, number or name."""

import pytest

from catalog.models import Brand, Product
from steller.portal.pages.staff.naming import NamedField
from tests import factories
from tests.integration.portal.people import queries_of
from tests.integration.portal.staff.colleagues import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def products():
    orbit = factories.BrandFactory(name="Orbit Play")
    return [
        factories.ProductFactory(brand=orbit, name="Orbit Play 10"),
        factories.ProductFactory(brand=orbit, name="Orbit Play 25"),
        factories.ProductFactory(brand=factories.BrandFactory(name="Meadow Books"), name="Meadow Books"),
    ]


def suggested(client, kind, text):
    return client.get(f"/staff/catalog/names/{kind}", {kind: text}).content.decode()


class TestSuggestions:
    def test_name_what_has_each_word(self, products):
        text = suggested(log_in("catalog"), "product", "play 25")
        assert f'value="Orbit Play, Orbit Play 25 #{products[1].pk}"' in text
        assert text.count("<option") == 1

    def test_are_none_for_nothing_and_no_more_than_fit(self, products):
        for number in range(20):
            factories.BrandFactory(name=f"Crowd {number}")
        client = log_in("admin")
        assert "<option" not in suggested(client, "brand", " ")
        assert suggested(client, "brand", "crowd").count("<option") == 12

    def test_know_products_brands_and_categories(self, products):
        client = log_in("admin")
        assert f"Meadow Books #{products[2].brand_id}" in suggested(client, "brand", "meadow")
        assert client.get("/staff/catalog/names/category", {"category": "x"}).status_code == 200
        assert client.get("/staff/catalog/names/partner").status_code == 404

    def test_cost_the_same_queries_for_many(self, products):
        client = log_in("admin")
        path = "/staff/catalog/names/product?product="
        queries_of(client, path + "meadow")
        assert queries_of(client, path + "meadow") == queries_of(client, path + "o")


class TestAField:
    def clean(self, text, **options):
        return NamedField("product", **options).clean(text)

    def test_takes_a_suggestion_a_number_and_a_name_of_its_own(self, products):
        wanted = products[1].pk
        assert self.clean(f"Orbit Play, Orbit Play 25 #{wanted}") == wanted
        assert self.clean(f" {wanted} ") == wanted
        assert self.clean("orbit 25") == wanted

    def test_is_empty_when_nothing_is_named(self):
        assert self.clean("") is None

    @pytest.mark.parametrize("text", ["orbit", "no such card", "#", "12 monkeys"])
    def test_refuses_what_names_none_or_several(self, products, text):
        with pytest.raises(Exception, match="named like this"):
            self.clean(text)

    def test_keeps_a_number_within_what_a_database_takes(self):
        assert self.clean("9" * 30) == 2**63 - 1


class TestTheRuleForm:
    def test_opens_a_rule_for_a_brand_that_was_named(self, products):
        fields = {"basis": "included", "value": "2", "kind": "percent", "brand": "meadow books", "reason": "a test"}
        assert log_in("catalog").post("/staff/prices/new", fields).status_code == 302
        assert Brand.objects.get(commissionrule__value=2).name == "Meadow Books"

    def test_says_at_the_field_that_a_name_is_not_known_and_keeps_it(self, products):
        fields = {"basis": "included", "value": "2", "kind": "percent", "product": "orbit", "reason": "a test"}
        answer = log_in("catalog").post("/staff/prices/new", fields)
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "More than one is named like this" in text
        assert 'value="orbit"' in text
        assert not Product.objects.filter(commissionrule__isnull=False).exists()
