"""The imitation's catalog and money: pages, accounts, rates, the order report and the ledger."""

import uuid
from datetime import date
from decimal import Decimal

import pytest

from bamboo import errors

DAYS = {"startDate": "2026-05-28", "endDate": "2026-05-28"}


def walk(client, size):
    pages, received = [], 0
    while True:
        pages.append(client.catalog_page(page_index=len(pages), page_size=size))
        received += pages[-1].received
        if received >= pages[-1].count or not pages[-1].received:
            return [brand for page in pages for brand in page.brands]


class TestTheCatalog:
    def test_covers_every_known_oddity(self, supplier):
        brands = walk(supplier.client, 5)
        products = [product for brand in brands for product in brand.products]

        assert (len(brands), len(products) >= 38) == (12, True)
        assert {brand.currency_code for brand in brands} == {"USD", "EUR", "GBP", "AED"}
        assert "GLC" in {brand.country_code for brand in brands}
        assert (
            {True, False} == {product.is_fixed for product in products} == {product.is_deleted for product in products}
        )
        assert {None, 0, 1} <= {product.count for product in products}
        assert any(product.price is None for product in products)
        assert any(
            product.price and product.price.currency != brand.currency_code
            for brand in brands
            for product in brand.products
        )

    def test_has_the_same_brands_in_both_versions(self, supplier):
        ids = [
            [brand.internal_id for brand in brands]
            for brands in (supplier.client.catalog_v1().brands, walk(supplier.client, 7))
        ]

        assert ids[0] == ids[1]

    def test_gives_at_most_a_hundred_brands_a_page(self, make_supplier):
        page = make_supplier(brands=250).client.catalog_page(page_index=0, page_size=200)

        assert (page.page_size, page.received, page.count) == (100, 100, 250)

    def test_can_be_as_large_as_the_real_one_and_is_always_the_same(self, make_supplier):
        brands, again = (walk(make_supplier(brands=2700).client, 100) for _ in range(2))

        assert (len(brands), 9_000 < sum(len(brand.products) for brand in brands) < 10_000) == (2700, True)
        assert brands == again

    def test_beyond_its_end_is_an_empty_page(self, supplier):
        page = supplier.client.catalog_page(page_index=9)

        assert (page.received, page.count) == (0, 12)

    def test_can_lose_a_brand_between_two_pages(self, supplier):
        supplier.fault("vanish", endpoint="catalog_v2", product_id=500101, skip=1)
        for product in (500102, 500103, 500104, 500105):
            supplier.control("POST", "product", product_id=product, hidden=True)

        pages = [supplier.client.catalog_page(page_index=index, page_size=6) for index in (0, 1)]

        assert [page.count for page in pages] == [12, 11]
        assert sum(page.received for page in pages) == 11

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"CurrencyCode": "aed"}, ["Dune Market", "Pocket Signal"]),
            ({"CountryCode": "GLC"}, ["Cumulus Air", "Bitleaf"]),
            ({"Name": "orbit play d"}, ["Orbit Play DE"]),
            ({"BrandId": "1020"}, ["Orbit Play US"]),
            ({"ProductId": "500142"}, ["Kettle & Crumb"]),
            ({"ProductId": "1"}, []),
        ],
    )
    def test_can_be_filtered(self, supplier, query, names):
        body = supplier.get("/api/Integration/v2/Catalog", **query).json()

        assert ([brand["name"] for brand in body["items"]], body["count"]) == (names, len(names))

    def test_can_be_priced_in_one_currency(self, supplier):
        body = supplier.get("/api/integration/v2.0/catalog", TargetCurrency="EUR", BrandId="1020").json()

        assert body["items"][0]["products"][0]["price"] == {"min": 8.71, "max": 8.71, "currencyCode": "EUR"}

    def test_tells_what_changed_since_a_day(self, supplier):
        before = supplier.client.catalog_page(page_index=0, modified_after=date(2026, 2, 1))
        supplier.control("POST", "price", product_id=500101, min="9.5", max="9.5")

        after = supplier.client.catalog_page(page_index=0, modified_after=date(2026, 2, 1))

        assert (before.count, [brand.name for brand in after.brands]) == (0, ["Orbit Play US"])
        assert after.brands[0].products[0].price.min == Decimal("9.5")

    @pytest.mark.parametrize("query", [{"PageIndex": "first"}, {"ModifiedDate": "soon"}])
    def test_refuses_a_query_of_the_wrong_shape(self, supplier, query):
        assert supplier.get("/api/integration/v2.0/catalog", **query).status_code == 400

    def test_has_categories_and_countries(self, supplier):
        countries = supplier.get("/api/integration/v2.0/catalog-countries").json()

        assert "Gaming" in {category.name for category in supplier.client.categories()}
        assert countries[0] == {
            "code": "US",
            "name": "United States",
            "defaultCurrencyCode": "USD",
            "alpha3Code": "USA",
        }


class TestCredentials:
    def test_of_the_live_world_see_live_accounts(self, supplier):
        live = supplier.client_of("STELLER-LIVE", "live-secret").accounts()

        assert {account.sandbox_mode for account in live} == {False}
        assert {account.sandbox_mode for account in supplier.client.accounts()} == {True}

    def test_of_another_world_see_no_order(self, supplier):
        request_id = supplier.buy()

        with pytest.raises(errors.OrderNotFound):
            supplier.client_of("STELLER-LIVE", "live-secret").order(request_id=request_id)

    @pytest.mark.parametrize(
        "pair", [("STELLER-SANDBOX", "wrong"), ("STELLER-SANDBOX", "live-secret"), ("", ""), ("ü", "ü")]
    )
    def test_that_are_wrong_are_refused(self, supplier, pair):
        with pytest.raises(errors.Misconfigured) as refused:
            supplier.client_of(*pair).accounts()

        assert refused.value.http_status == 401

    def test_from_an_unlisted_address_are_refused(self, make_supplier):
        with pytest.raises(errors.Misconfigured) as refused:
            make_supplier(allowed_addresses="10.0.0.1, 10.0.0.2").client.accounts()

        assert refused.value.http_status == 403


class TestRates:
    def test_are_units_of_a_currency_for_one_of_the_base(self, supplier):
        rates = supplier.client.exchange_rates(base="AED", currency="INR")

        assert (rates.base, rates.rates) == ("AED", {"INR": Decimal("22.718067")})

    def test_have_the_dollar_as_base_unless_told_otherwise(self, supplier):
        rates = supplier.client.exchange_rates()

        assert (rates.base, rates.rates["EUR"], "USD" in rates.rates) == ("USD", Decimal("0.92"), False)

    def test_of_an_unknown_currency_are_refused(self, supplier):
        with pytest.raises(errors.Unclassified):
            supplier.client.exchange_rates(base="XXX")


class TestMoney:
    def test_is_reserved_until_the_order_is_final(self, make_supplier):
        supplier = make_supplier(issue_after_ms=5000)
        supplier.control("POST", "balance", account_id=9001, balance=20)
        supplier.buy(quantity=2)

        with pytest.raises(errors.FloatShort):
            supplier.buy()
        shown = [supplier.balance()]
        supplier.control("POST", "settings", balance_includes_reserved=False)
        shown.append(supplier.balance())
        supplier.time += 5

        assert shown == [Decimal(20), Decimal("1.0599")]
        assert supplier.balance() == Decimal("1.0599")

    def test_of_failed_cards_comes_back(self, make_supplier):
        supplier = make_supplier(issue_after_ms=5000)
        supplier.control("POST", "balance", account_id=9001, balance=10)
        supplier.fault("failed")
        supplier.buy()
        supplier.time += 5

        supplier.buy()

        assert supplier.balance() == Decimal(10)

    def test_has_a_ledger_with_the_balance_after_each_movement(self, supplier):
        supplier.control("POST", "balance", account_id=9001, balance=100)
        ids = [supplier.buy(quantity=quantity) for quantity in (1, 2)]

        body = supplier.get("/api/Integration/v1/transactions", **DAYS).json()

        rows = body["clients"][0]["transactions"]
        assert body["endDate"] == "2026-05-28T23:59:59"
        assert [row["requestId"] for row in rows] == [str(each) for each in ids]
        assert [row["transactionAmount"]["value"] for row in rows] == [9.47, 18.9401]
        assert [row["availableBalance"]["value"] for row in rows] == [90.53, 71.5899]
        assert rows[0]["transactionId"].endswith(" ")
        assert rows[0]["orderItems"][0]["clientExchangeRate"]["exchangeRate"] == 0

    def test_has_an_order_report(self, supplier):
        request_id = supplier.buy(quantity=2)

        rows = supplier.get("/api/Integration/v1/orders", **DAYS).json()

        assert rows == [
            {
                "clientName": "Demo Client",
                "orderNumber": "O-06800001",
                "orderDate": "2026-05-28T00:00:00",
                "clientReferenceNumber": str(request_id),
                "channel": "Sandbox",
                "productName": "Orbit Play US 10 USD",
                "denomination": "USD 10",
                "quantity": 2,
                "unitPrice": 9.47,
                "subTotal": 18.94,
                "total": 18.9401,
                "accountCurrency": "USD",
                "status": "Succeeded",
            }
        ]
        assert supplier.get("/api/integration/v1.0/orders", startDate="2026-05-29", endDate="2026-05-30").json() == []
        assert supplier.get("/api/integration/v1.0/orders").status_code == 400

    def test_survives_a_restart(self, make_supplier, tmp_path):
        first = make_supplier(database=tmp_path / "supplier.sqlite3")
        request_id = first.buy(500142, 2, 25)
        balance, code = first.balance(), first.order(request_id).items[0].cards[0].card_code
        first.close()

        second = make_supplier(database=tmp_path / "supplier.sqlite3")

        assert (second.balance(), second.order(request_id).items[0].cards[0].card_code) == (balance, code)
        with pytest.raises(errors.AlreadyPlaced):
            second.buy(request_id=request_id)
        with pytest.raises(errors.OrderRefused):
            second.buy(500142, 2, 25)

    def test_can_be_read_by_the_suppliers_number_too(self, supplier):
        request_id = supplier.buy()
        number = supplier.order(request_id).order_id

        assert supplier.get(f"/api/integration/v1.0/orders/{number}").json()["requestId"] == str(request_id)
        assert supplier.get("/api/integration/v1.0/orders/neither").status_code == 404
        assert supplier.get(f"/api/integration/v1.0/orders/{uuid.uuid4()}").status_code == 404
