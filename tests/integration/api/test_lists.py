"""The lists beside orders: catalog, wallets and their entries, currencies, rates."""

from decimal import Decimal

import pytest
from django.utils import timezone

from partners.queries import Scope
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, body_for, walk
from wallets.models import ExchangeRate

pytestmark = pytest.mark.django_db


def names_of(answer):
    return [row["name"] for row in answer.json()["results"]]


class TestProducts:
    def test_show_the_partners_own_price(self, buyer):
        product = buyer.product

        [row] = buyer.api.get("/api/product").json()["results"]

        assert row.pop("changed_at") == product.updated_at.isoformat().replace("+00:00", "Z")
        assert row == {
            "id": product.pk,
            "name": product.name,
            "brand": {"id": product.brand.pk, "name": product.brand.name},
            "supplier_product_id": product.supplier_id,
            "country": "US",
            "currency": "USD",
            "min_face_value": "5.00",
            "max_face_value": "500.00",
            "in_stock": True,
            "price": {"min": "5.00", "max": "500.00", "currency": "USD"},
            "discount": {"min": "0.00", "max": "0.00"},
            "logo_url": None,
            "is_withdrawn": False,
        }

    def test_without_a_rule_have_no_price(self, buyer):
        other = client_of(factories.make_key(partner=factories.PartnerFactory()))

        assert other.get("/api/product").json()["results"][0]["price"] is None

    def test_take_seven_queries_however_many_there_are(self, buyer, django_assert_num_queries):
        factories.ProductFactory.create_batch(7)
        buyer.api.get("/api/category")

        # key · what the answer depends on: offer and rules, rates · prices' rules · catalog's rules · page · costs
        with django_assert_num_queries(7):
            assert len(names_of(buyer.api.get("/api/product"))) == 8

    def test_are_walked_once_each_in_both_directions(self, buyer):
        factories.ProductFactory.create_batch(10)

        pages = walk(buyer.api, "/api/product", 4)
        last = buyer.api.get("/api/product?page_size=4").json()["next"]
        back = buyer.api.get(buyer.api.get(last).json()["previous"]).json()

        assert [len(page) for page in pages] == [4, 4, 3]
        assert len({row["id"] for page in pages for row in page}) == 11
        assert back["results"] == pages[0]
        assert back["previous"] is None

    def test_that_are_withdrawn_are_left_out(self, buyer):
        factories.ProductFactory(withdrawn_at=timezone.now())
        factories.ProductFactory(brand__withdrawn_at=timezone.now())

        assert names_of(buyer.api.get("/api/product")) == [buyer.product.name]

    @pytest.mark.parametrize(
        "query",
        ["search=steam", "search=VALVE", "country=de", "currency=EUR", "brand={brand}", "category={category}"],
    )
    def test_are_found_by(self, buyer, query):
        brand = factories.BrandFactory(name="Valve", country="DE", currency="EUR")
        category = factories.CategoryFactory()
        brand.categories.add(category)
        factories.ProductFactory(name="Steam 10", brand=brand)

        answer = buyer.api.get(f"/api/product?{query.format(brand=brand.pk, category=category.pk)}")

        assert names_of(answer) == ["Steam 10"]

    def test_are_found_by_their_stock(self, buyer):
        factories.ProductFactory(name="Sold out", stock=0)
        factories.ProductFactory(name="Refused", refused_at=timezone.now())
        factories.ProductFactory(name="Few", stock=3)

        assert names_of(buyer.api.get("/api/product?in_stock=true")) == [buyer.product.name, "Few"]
        gone = buyer.api.get("/api/product?in_stock=false")
        assert names_of(gone) == ["Sold out", "Refused"]
        assert [row["in_stock"] for row in gone.json()["results"]] == [False, False]

    @pytest.mark.parametrize("query", ["brand=x", "in_stock=maybe", "country=12345", "cursor=nonsense"])
    def test_refuse_filters_that_mean_nothing(self, buyer, query):
        assert_problem(buyer.api.get(f"/api/product?{query}"), 400, "invalid_request")


class TestBrandsAndCategories:
    def test_take_constant_queries(self, buyer, django_assert_num_queries):
        category = factories.CategoryFactory(name="Games")
        for product in factories.ProductFactory.create_batch(5):
            product.brand.categories.add(category)
        buyer.api.get("/api/currency")

        with django_assert_num_queries(6):
            brands = buyer.api.get(f"/api/brand?category={category.pk}")
        with django_assert_num_queries(5):
            categories = buyer.api.get("/api/category")

        assert [row["categories"] for row in brands.json()["results"]] == [[{"id": category.pk, "name": "Games"}]] * 5
        assert names_of(categories) == ["Games"]


class TestMoney:
    def test_wallets_are_listed_in_two_queries(self, buyer, django_assert_num_queries):
        factories.make_wallet(buyer.partner, currency="EUR", fund="0.5")
        factories.make_wallet(factories.PartnerFactory())
        buyer.api.post("/api/order", body_for(buyer.product))

        with django_assert_num_queries(2):
            rows = buyer.api.get("/api/wallet").json()["results"]

        shown = [(row["currency"], row["type"], row["available"], row["held"]) for row in rows]
        assert shown == [("USD", "prepaid", "980.00", "20.00"), ("EUR", "prepaid", "0.50", "0.00")]

    def test_entries_are_listed_in_three_queries_the_latest_first(self, buyer, django_assert_num_queries):
        buyer.api.post("/api/order", body_for(buyer.product))

        with django_assert_num_queries(3):
            rows = buyer.api.get(f"/api/wallet/{buyer.wallet.pk}/entry").json()["results"]

        assert [(row["version"], row["kind"], row["available_delta"]) for row in rows] == [
            (2, "hold", "-20.00"),
            (1, "top_up", "1000.00"),
        ]

    def test_entries_are_walked_once_each(self, buyer):
        for _ in range(6):
            buyer.api.post("/api/order", body_for(buyer.product))

        pages = walk(buyer.api, f"/api/wallet/{buyer.wallet.pk}/entry", 3)

        assert [[row["version"] for row in page] for page in pages] == [[7, 6, 5], [4, 3, 2], [1]]

    @pytest.mark.parametrize("wallet_id", [0, 10**30])
    def test_entries_of_no_wallet_are_not_found(self, buyer, wallet_id):
        assert_problem(buyer.api.get(f"/api/wallet/{wallet_id}/entry"), 404, "not_found")

    def test_entries_of_another_partner_are_not_found(self, buyer):
        foreign = factories.make_wallet(factories.PartnerFactory())

        assert_problem(buyer.api.get(f"/api/wallet/{foreign.pk}/entry"), 404, "not_found")

    def test_currencies_are_walked_once_each(self, buyer, django_assert_num_queries):
        with django_assert_num_queries(3):
            buyer.api.get("/api/currency")

        codes = [row["code"] for page in walk(buyer.api, "/api/currency", 100) for row in page]

        assert codes == sorted(set(codes))
        assert {"USD", "EUR", "JPY"} <= set(codes)

    def test_rates_are_listed_in_three_queries(self, buyer, django_assert_num_queries):
        ExchangeRate.objects.create(base_id="USD", currency_id="EUR", value=Decimal("0.92"), read_at=timezone.now())

        with django_assert_num_queries(3):
            [row] = buyer.api.get("/api/rate").json()["results"]

        assert (row["base"], row["currency"], row["value"]) == ("USD", "EUR", "0.92")


class TestMe:
    def test_shows_the_partner_and_what_the_key_may_do(self, buyer, django_assert_num_queries):
        with django_assert_num_queries(2):
            me = buyer.api.get("/api/partner/me").json()

        assert me["id"] == buyer.partner.pk
        assert me["name"] == buyer.partner.name
        assert (me["mode"], me["is_suspended"]) == ("live", False)
        assert me["scopes"] == sorted(Scope)
