"""The catalog as partners read it: found by filters, told again only when something changed, never another's."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from catalog import queries, services
from catalog.models import Brand, Country, Product
from catalog.services import Author, Commission, RuleScope, Target
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.integration.catalog.supplier import Pages, brand, page, product
from wallets.models import ExchangeRate

pytestmark = pytest.mark.django_db
AUTHOR = Author("user:1", "A test")


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["results"]]


class TestFilters:
    @pytest.fixture(autouse=True)
    def _card(self, buyer: Any) -> None:
        valve = factories.BrandFactory.create(name="Valve Games", country="DE", currency="EUR")
        factories.ProductFactory.create(name="Steam 20", brand=valve, min_face_value=20, max_face_value=20)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("search=steam 20", True),
            ("search=alve 20", True),
            ("search=20 valve", True),
            ("search=steam 30", False),
            ("search=%25", False),
            ("face_value_min=20&currency=eur", True),
            ("face_value_min=20.01&currency=eur", False),
            ("face_value_max=20&country=de", True),
            ("face_value_max=19.99&country=de", False),
            ("country=de&search=st", True),
        ],
    )
    def test_find_a_card(self, buyer: Any, query: str, found: bool) -> None:
        assert ("Steam 20" in names(buyer.api.get(f"/api/product?{query}"))) is found

    def test_by_change_tell_what_is_new_and_what_is_gone(self, buyer: Any) -> None:
        an_hour_ago = timezone.now() - timedelta(hours=1)
        factories.ProductFactory.create(name="Gone", withdrawn_at=timezone.now())
        factories.ProductFactory.create(name="New")
        Brand.objects.update(updated_at=an_hour_ago)
        Product.objects.exclude(name__in=["Gone", "New"]).update(updated_at=an_hour_ago)
        since = (timezone.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")

        assert names(buyer.api.get(f"/api/product?changed_since={since}")) == ["New"]
        answer = buyer.api.get(f"/api/product?changed_since={since}&include_withdrawn=true")
        assert [(row["name"], row["is_withdrawn"]) for row in answer.json()["results"]] == [
            ("Gone", True),
            ("New", False),
        ]

    @pytest.mark.parametrize("query", ["changed_since=yesterday", "face_value_min=x", "brand=-1", "category=1e40"])
    def test_that_mean_nothing_are_refused(self, buyer: Any, query: str) -> None:
        assert_problem(buyer.api.get(f"/api/product?{query}"), 400, "invalid_request")

    def test_find_brands(self, buyer: Any) -> None:
        assert names(buyer.api.get("/api/brand?search=games val")) == ["Valve Games"]
        assert names(buyer.api.get("/api/brand?changed_since=2999-01-01T00:00:00Z")) == []


class TestTheSearch:
    def test_the_search_uses_its_index(self, buyer: Any) -> None:
        factories.ProductFactory.create_batch(3)
        found = queries.search(Product.objects.order_by(), "roduct 2")

        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "product_search" in found.explain()


class TestOne:
    def test_product_comes_with_the_texts_of_its_brand(self, buyer: Any, django_assert_num_queries: Any) -> None:
        # The first price of a process reads the currencies.
        buyer.api.get("/api/product")

        with django_assert_num_queries(8):
            row = buyer.api.get(f"/api/product/{buyer.product.pk}").json()

        assert (row["name"], row["price"]["min"], row["categories"], row["terms"]) == (
            buyer.product.name, "5.00", [], None
        )  # fmt: skip

    def test_withdrawn_product_is_still_read(self, buyer: Any) -> None:
        gone = factories.ProductFactory.create(withdrawn_at=timezone.now())

        assert buyer.api.get(f"/api/product/{gone.pk}").json()["is_withdrawn"] is True

    def test_brand(self, buyer: Any) -> None:
        row = buyer.api.get(f"/api/brand/{buyer.product.brand_id}").json()

        assert row["name"] == buyer.product.brand.name

    @pytest.mark.parametrize("path", ["product/0", "brand/0", f"product/{10**30}", f"brand/{10**30}"])
    def test_unknown_is_not_found(self, buyer: Any, path: str) -> None:
        assert_problem(buyer.api.get(f"/api/{path}"), 404, "not_found")

    @pytest.mark.parametrize("what", ["product", "brand"])
    def test_hidden_is_not_found(self, buyer: Any, what: str) -> None:
        target = Target(partner_id=buyer.partner.pk, brand_id=buyer.product.brand_id)
        services.set_catalog_rule(target=target, effect="deny", author=AUTHOR)

        number = buyer.product.pk if what == "product" else buyer.product.brand_id
        assert_problem(buyer.api.get(f"/api/{what}/{number}"), 404, "not_found")


class TestCountries:
    def test_are_those_with_something_to_buy(self, buyer: Any) -> None:
        Country.objects.create(code="US", name="United States", currency="USD", alpha3="USA")
        Country.objects.create(code="FR", name="France")

        assert buyer.api.get("/api/country").json()["results"] == [
            {"code": "US", "name": "United States", "alpha3": "USA", "currency": "USD"}
        ]


class TestAScopelessKey:
    @pytest.mark.parametrize("path", ["product", "product/1", "brand", "brand/1", "category", "country"])
    def test_reads_nothing(self, buyer: Any, path: str) -> None:
        key = factories.make_key(partner=buyer.partner, scopes=["order.write"])

        assert_problem(client_of(key).get(f"/api/{path}"), 403, "permission_denied")


class TestAnAnswerThatStands:
    def ask(self, buyer: Any, path: str, etag: str) -> Any:
        return buyer.api.get(path, headers={"If-None-Match": etag})

    @pytest.mark.parametrize("path", ["product", "brand", "category", "country", "product?search=x"])
    def test_is_not_told_again(self, buyer: Any, path: str, django_assert_num_queries: Any) -> None:
        etag = buyer.api.get(f"/api/{path}").headers["ETag"]

        # key · offer and rules · rates
        with django_assert_num_queries(3):
            answer = self.ask(buyer, f"/api/{path}", etag)

        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert answer.headers["Cache-Control"] == "private, no-cache"

    @pytest.mark.parametrize("path", ["currency", "rate"])
    def test_about_money_is_not_told_again_either(self, buyer: Any, path: str, django_assert_num_queries: Any) -> None:
        etag = buyer.api.get(f"/api/{path}").headers["ETag"]

        with django_assert_num_queries(2):
            assert self.ask(buyer, f"/api/{path}", etag).status_code == 304

    def test_about_rates_falls_with_each_reading(self, buyer: Any) -> None:
        etag = buyer.api.get("/api/rate").headers["ETag"]

        ExchangeRate.objects.create(base_id="USD", currency_id="EUR", value=1, read_at=timezone.now())

        assert len(self.ask(buyer, "/api/rate", etag).json()["results"]) == 1

    def test_is_written_once_for_all_who_ask(self, buyer: Any, django_assert_num_queries: Any) -> None:
        first = buyer.api.get("/api/product")

        with django_assert_num_queries(3):
            again = buyer.api.get("/api/product")

        assert again.json() == first.json()
        assert again.headers["Content-Type"] == "application/json"

    def test_belongs_to_one_question_of_one_partner(self, buyer: Any) -> None:
        etag = buyer.api.get("/api/product").headers["ETag"]
        other = client_of(factories.make_key(partner=factories.PartnerFactory.create()))

        assert self.ask(buyer, "/api/product?page_size=2", etag).status_code == 200
        assert other.get("/api/product", headers={"If-None-Match": etag}).status_code == 200

    @pytest.mark.parametrize(
        "change",
        [
            lambda buyer: services.mark_refused([buyer.product.pk]),
            lambda _buyer: services.sync_catalog(Pages(page(brand("A", product(1)), count=1)).client),
            lambda buyer: services.open_commission(
                scope=RuleScope(buyer.partner.pk), commission=Commission("percent", "extra", Decimal(1)), author=AUTHOR
            ),
            lambda _buyer: services.open_commission(
                scope=RuleScope(), commission=Commission("percent", "extra", Decimal(1)), author=AUTHOR
            ),
            lambda _buyer: services.set_catalog_rule(target=Target(country="XX"), effect="deny", author=AUTHOR),
            lambda _buyer: ExchangeRate.objects.create(
                base_id="USD", currency_id="EUR", value=1, read_at=timezone.now()
            ),
        ],
        ids=["a refusal", "a synchronisation", "an own commission", "a general commission", "a catalog rule", "a rate"],
    )
    def test_falls_with(self, buyer: Any, change: Callable[[Any], object]) -> None:
        etag = buyer.api.get("/api/product").headers["ETag"]

        change(buyer)

        assert self.ask(buyer, "/api/product", etag).status_code == 200

    def test_falls_when_a_rule_begins_by_the_clock(self, buyer: Any) -> None:
        coming = factories.CommissionRuleFactory.create(
            partner=buyer.partner, value=5, starts_at=timezone.now() + timedelta(hours=1)
        )
        before = buyer.api.get("/api/product")

        type(coming).objects.filter(pk=coming.pk).update(starts_at=timezone.now())

        after = self.ask(buyer, "/api/product", before.headers["ETag"])
        assert (before.json()["results"][0]["price"]["min"], after.json()["results"][0]["price"]["min"]) == (
            "5.00",
            "5.25",
        )

    def test_falls_when_a_rate_becomes_too_old(self, buyer: Any, settings: Any) -> None:
        ExchangeRate.objects.create(
            base_id="USD", currency_id="EUR", value=1, read_at=timezone.now() - timedelta(hours=5)
        )
        etag = buyer.api.get("/api/product").headers["ETag"]

        settings.RATE_MAX_AGE_SECONDS = 4 * 3600

        assert self.ask(buyer, "/api/product", etag).status_code == 200

    def test_stands_through_a_synchronisation_that_changed_nothing(self, buyer: Any) -> None:
        supplier = Pages(*[page(brand("A", product(1)), count=1)] * 2)
        supplier.rates = 500
        services.sync_catalog(supplier.client)
        etag = buyer.api.get("/api/product").headers["ETag"]

        services.sync_catalog(supplier.client)

        assert self.ask(buyer, "/api/product", etag).status_code == 304
