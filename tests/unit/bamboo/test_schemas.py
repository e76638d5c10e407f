"""What the supplier's answers may look like, and how much of it may be missing."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bamboo.schemas import (
    Account,
    Card,
    CardStatus,
    CatalogPage,
    Category,
    ExchangeRates,
    Order,
    OrderItem,
    OrderStatus,
    Product,
    UnreadableAnswer,
    timestamp,
)
from bamboo.schemas.fields import Fields

REQUEST_ID = "3f0e0c1e-6a1b-4c7e-9c55-0d2b8f7f1a10"

PRODUCT = {
    "id": 500101,
    "name": "Demo Play 10 USD",
    "minFaceValue": 10,
    "maxFaceValue": 10,
    "count": None,
    "price": {"min": Decimal("9.47"), "max": Decimal("9.47"), "currencyCode": "USD"},
    "modifiedDate": "2026-01-05T08:00:02.0000002",
    "isDeleted": False,
    "status": None,
}
BRAND = {
    "internalId": "B-1020",
    "name": "Demo Play US",
    "countryCode": "US",
    "currencyCode": "USD",
    "categories": [{"id": 2, "name": "Gaming", "description": ""}, "Entertainment"],
    "products": [PRODUCT],
}
CARD = {"id": 24160001, "serialNumber": "007", "cardCode": "5f2c", "pin": "042", "status": "Sold"}


class TestACard:
    def test_keeps_leading_zeros(self):
        card = Card.read(CARD)

        assert (card.serial_number, card.pin) == ("007", "042")

    def test_turns_numbers_into_text(self):
        card = Card.read(CARD | {"serialNumber": 12345678901234567890, "pin": 42, "cardCode": Decimal("1.50")})

        assert (card.serial_number, card.pin, card.card_code) == ("12345678901234567890", "42", "1.50")

    def test_never_shows_its_secrets(self):
        card = Card.read(CARD | {"serialNumber": "SERIAL", "cardCode": "CODE", "pin": "PIN"})

        assert not any(secret in repr(card) for secret in ("SERIAL", "CODE", "PIN"))

    @pytest.mark.parametrize(
        ("text", "status"),
        [
            ("Sold", CardStatus.SOLD),
            ("SOLD", CardStatus.SOLD),
            ("Paused", CardStatus.PAUSED),
            ("failed", CardStatus.FAILED),
            ("CheckingOut", CardStatus.UNKNOWN),
            (None, CardStatus.UNKNOWN),
        ],
    )
    def test_has_a_status_in_any_casing(self, text, status):
        assert Card.read(CARD | {"status": text}).status is status

    def test_that_failed_may_have_nothing_at_all(self):
        card = Card.read({"status": "Failed"})

        assert (card.id, card.card_code, card.pin, card.expires_at) == (0, None, None, None)

    def test_that_is_sold_must_have_an_id(self):
        with pytest.raises(UnreadableAnswer):
            Card.read(CARD | {"id": None})


class TestAnOrder:
    def test_is_read_in_full(self):
        order = Order.read(
            {
                "orderId": 6800001,
                "requestId": f"{{{REQUEST_ID}}}",
                "items": [
                    {
                        "productId": "500101",
                        "productFaceValue": 10,
                        "quantity": 2,
                        "status": "Succeeded",
                        "cards": [CARD],
                    }
                ],
                "status": "PartialFailed",
                "createdDate": "2026-05-16T11:20:07.1234567",
                "total": Decimal("9.4701"),
                "errorMessage": "1 of 2",
                "orderType": "Sandbox",
                "currency": "USD",
            }
        )

        assert (order.order_id, order.request_id) == (6800001, uuid.UUID(REQUEST_ID))
        assert (order.status, order.is_final) == (OrderStatus.PARTIAL_FAILED, True)
        assert (order.total, order.currency, order.error_message, order.order_type) == (
            Decimal("9.4701"),
            "USD",
            "1 of 2",
            "Sandbox",
        )
        assert order.created_at == datetime(2026, 5, 16, 11, 20, 7, 123456, tzinfo=UTC)
        assert (order.items[0].product_id, order.items[0].face_value) == (500101, Decimal(10))

    def test_is_read_with_pascal_case_keys_too(self):
        order = Order.read({"Status": "Succeeded", "Items": [{"ProductId": 5, "Cards": [{"Id": 1, "Status": "Sold"}]}]})

        assert order.items[0].cards[0].status is CardStatus.SOLD

    def test_may_have_nothing_but_a_status(self):
        order = Order.read({"status": "Created", "items": None})

        assert (order.order_id, order.request_id, order.items, order.total, order.created_at) == (
            None,
            None,
            (),
            None,
            None,
        )

    @pytest.mark.parametrize(
        ("text", "status", "final"),
        [
            ("Created", OrderStatus.CREATED, False),
            ("pending", OrderStatus.PENDING, False),
            ("Processing", OrderStatus.PROCESSING, False),
            ("succeeded", OrderStatus.SUCCEEDED, True),
            ("partial_failed", OrderStatus.PARTIAL_FAILED, True),
            ("FAILED", OrderStatus.FAILED, True),
            ("CheckingOut", OrderStatus.UNKNOWN, False),
        ],
    )
    def test_is_final_only_with_a_status_that_we_know_as_final(self, text, status, final):
        order = Order.read({"status": text})

        assert (order.status, order.is_final) == (status, final)

    def test_without_a_status_cannot_be_read(self):
        with pytest.raises(UnreadableAnswer):
            Order.read({"items": []})

    def test_has_items_that_may_leave_out_value_quantity_and_status(self):
        item = OrderItem.read({"productId": 5, "cards": [CARD, CARD | {"id": 2}]})

        assert (item.face_value, item.quantity, item.status) == (Decimal(0), 2, None)


class TestACatalogPage:
    def test_tells_how_many_items_came(self):
        page = CatalogPage.read({"pageIndex": 3, "pageSize": 100, "count": 301, "items": [BRAND]}, items="items")

        assert (page.page_index, page.page_size, page.count, page.received) == (3, 100, 301, 1)

    def test_reports_a_broken_brand_and_keeps_the_others(self):
        wrong_price = BRAND | {"internalId": "B-7", "products": [PRODUCT | {"minFaceValue": "much"}]}
        page = CatalogPage.read({"items": [wrong_price, BRAND, {"name": "Nameless"}, {"id": 5}, None]}, items="items")

        assert [brand.internal_id for brand in page.brands] == ["B-1020"]
        assert [(each.identification, each.reason) for each in page.broken] == [
            ("B-7", "minfacevalue"),
            ("Nameless", "currencycode"),
            ("item 3", "name"),
            ("item 4", "an object was expected"),
        ]
        assert page.received == 5

    @pytest.mark.parametrize("raw", [{}, {"items": None}, {"items": {}}, [], None, "items"])
    def test_without_a_list_is_not_an_empty_catalog(self, raw):
        with pytest.raises(UnreadableAnswer):
            CatalogPage.read(raw, items="items")

    def test_has_brands_that_may_leave_out_almost_everything(self):
        page = CatalogPage.read({"brands": [{"name": "Bare", "currencyCode": "EUR"}]}, items="brands")

        assert (page.brands[0].internal_id, page.brands[0].products, page.count) == (None, (), 1)

    def test_has_categories_as_objects_or_names(self):
        page = CatalogPage.read({"items": [BRAND]}, items="items")

        assert page.brands[0].categories == (Category(2, "Gaming"), Category(None, "Entertainment"))


class TestAProduct:
    def test_is_fixed_when_both_ends_are_equal(self):
        assert Product.read(PRODUCT).is_fixed
        assert not Product.read(PRODUCT | {"maxFaceValue": Decimal("10.5")}).is_fixed

    @pytest.mark.parametrize(("count", "read"), [(None, None), (0, 0), ("40", 40), (Decimal("3.0"), 3)])
    def test_has_a_count_or_no_end(self, count, read):
        assert Product.read(PRODUCT | {"count": count}).count == read

    @pytest.mark.parametrize("price", [None, {}, {"min": 1, "max": 2}, {"min": None, "max": 2, "currencyCode": "USD"}])
    def test_without_a_usable_price_has_none(self, price):
        assert Product.read(PRODUCT | {"price": price}).price is None


class TestAField:
    @pytest.mark.parametrize("value", [True, "NaN", "Infinity", "ten", "1e400", [], {}])
    def test_that_is_no_whole_number_is_refused(self, value):
        with pytest.raises(UnreadableAnswer):
            Fields({"id": value}).optional_whole("id")

    @pytest.mark.parametrize(("value", "flag"), [(True, True), ("false", False), (1, True), (None, True), ("", True)])
    def test_may_be_a_yes_or_no_in_words(self, value, flag):
        assert Fields({"isActive": value}).flag("isactive", default=True) is flag

    def test_that_is_neither_yes_nor_no_is_refused(self):
        with pytest.raises(UnreadableAnswer):
            Fields({"isActive": "maybe"}).flag("isactive", default=True)

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
    def test_keeps_a_number_exactly(self, number):
        assert Fields({"value": number}).number("value") == number
        assert Fields({"value": str(number)}).number("value") == number

    def test_names_itself_but_not_its_value_when_it_is_wrong(self):
        with pytest.raises(UnreadableAnswer) as refused:
            Fields({"total": "SECRET"}).number("total")

        assert str(refused.value) == "total"


class TestATimestamp:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-05-16T11:20:07", datetime(2026, 5, 16, 11, 20, 7, tzinfo=UTC)),
            ("2026-05-16T11:20:07.1234567", datetime(2026, 5, 16, 11, 20, 7, 123456, tzinfo=UTC)),
            ("2026-05-16T11:20:07.12Z", datetime(2026, 5, 16, 11, 20, 7, 120000, tzinfo=UTC)),
            ("2026-05-16T13:20:07+02:00", datetime(2026, 5, 16, 11, 20, 7, tzinfo=UTC)),
            ("0001-01-01T00:00:00", None),
            ("0001-01-01T00:00:00+05:00", None),
            ("yesterday", None),
            ("", None),
            (None, None),
        ],
    )
    def test_without_a_zone_is_utc(self, text, moment):
        assert timestamp(text) == moment


class TestMoneyMatters:
    def test_an_account_that_does_not_say_so_is_neither_active_nor_a_sandbox(self):
        account = Account.read({"id": 9001, "currency": "USD", "balance": Decimal("25000.1234")})

        assert account == Account(9001, "USD", Decimal("25000.1234"), is_active=False, sandbox_mode=False)

    def test_rates_are_exact(self):
        rates = ExchangeRates.read(
            {"baseCurrencyCode": "AED", "rates": [{"currencyCode": "INR", "value": Decimal("22.718078")}]}
        )

        assert (rates.base, rates.rates) == ("AED", {"INR": Decimal("22.718078")})
