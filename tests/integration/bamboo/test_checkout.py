"""The real client buys from the imitation: what is accepted, what is refused, and in which words."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from bamboo import errors
from bamboo.sandbox import ErrorStyle
from bamboo.schemas import CardStatus, CheckoutEntry, OrderStatus

STYLES = [each.value for each in ErrorStyle]
DELETED, WITHOUT_PRICE, SOLD_OUT, THREE_LEFT = 500213, 500183, 500133, 500142


class TestAnAcceptedCheckout:
    def test_delivers_at_once(self, supplier):
        order = supplier.order(supplier.buy(quantity=2))

        cards = order.items[0].cards
        assert (order.status, order.is_final, order.order_type, order.currency) == (
            OrderStatus.SUCCEEDED,
            True,
            "Sandbox",
            "USD",
        )
        assert [card.status for card in cards] == [CardStatus.SOLD] * 2
        assert len({card.card_code for card in cards}) == 2
        assert all(len(card.card_code or "") == 32 and len(card.pin or "") == 3 for card in cards)

    @pytest.mark.parametrize(("quantity", "total"), [(1, "9.4700"), (2, "18.9401"), (100, "947.0050")])
    def test_is_charged_with_four_decimals(self, supplier, quantity, total):
        before = supplier.balance()

        order = supplier.order(supplier.buy(quantity=quantity))

        assert order.total == Decimal(total) == before - supplier.balance()

    def test_prices_a_range_by_its_face_value(self, supplier):
        assert supplier.order(supplier.buy(500105, value="12.5")).total == Decimal("11.8376")

    def test_is_charged_in_the_accounts_currency(self, supplier):
        order = supplier.order(supplier.buy(500101, account_id=9002))

        assert (order.currency, order.total) == ("EUR", Decimal("8.7124"))

    def test_may_hold_the_same_product_with_two_values(self, supplier):
        request_id = uuid.uuid4()
        entries = [CheckoutEntry(500105, 1, Decimal(10)), CheckoutEntry(500105, 2, Decimal("20.25"))]

        supplier.client.checkout(request_id=request_id, account_id=9001, entries=entries)

        items = supplier.order(request_id).items
        assert [(item.product_id, item.face_value, len(item.cards)) for item in items] == [
            (500105, Decimal(10), 1),
            (500105, Decimal("20.25"), 2),
        ]

    def test_takes_from_the_stock(self, supplier):
        supplier.buy(THREE_LEFT, 2, 25)

        with pytest.raises(errors.OrderRefused) as refused:
            supplier.buy(THREE_LEFT, 2, 25)

        assert refused.value.code == "ProductIsOutOfStock"

    def test_is_accepted_once_when_two_arrive_together(self, supplier):
        request_id = uuid.uuid4()

        def buy(_number):
            try:
                supplier.buy(request_id=request_id)
            except errors.AlreadyPlaced:
                return "again"
            return "accepted"

        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(buy, range(16)))

        assert answers == ["accepted"] + ["again"] * 15
        assert len(supplier.control("GET", "purchases")) == 1


@pytest.mark.parametrize("style", STYLES)
class TestARefusal:
    """In every style in which the supplier may write it."""

    @pytest.fixture
    def supplier(self, make_supplier, style):
        return make_supplier(error_style=style)

    def test_of_a_repeated_request(self, supplier):
        request_id = supplier.buy()

        with pytest.raises(errors.AlreadyPlaced):
            supplier.buy(500102, value=25, request_id=request_id)

    @pytest.mark.parametrize(
        ("product_id", "value", "code"),
        [
            (SOLD_OUT, 60, "ProductIsOutOfStock"),
            (999_999, 10, "InvalidProductIds"),
            (DELETED, 110, "InvalidProduct"),
            (WITHOUT_PRICE, 50, "ClientPriceInvalid"),
            (500101, 11, "InvalidDenomination"),
            (500105, "200.01", "InvalidDenomination"),
        ],
    )
    def test_of_a_product(self, supplier, product_id, value, code):
        with pytest.raises(errors.OrderRefused) as refused:
            supplier.buy(product_id, value=value)

        assert refused.value.code == code

    def test_of_stock_names_the_product_unless_only_codes_are_sent(self, supplier, style):
        with pytest.raises(errors.OrderRefused) as refused:
            supplier.buy(THREE_LEFT, 5, 25)

        told = (refused.value.product_name, refused.value.requested, refused.value.in_stock)
        assert told == ((None, None, None) if style == "code" else ("Kettle & Crumb 25 GBP", 5, 3))

    def test_of_funds_tells_the_amounts_unless_only_codes_are_sent(self, supplier, style):
        supplier.control("POST", "balance", account_id=9001, balance="39.4554")

        with pytest.raises(errors.FloatShort) as short:
            supplier.buy(quantity=5)

        told = (short.value.balance, short.value.reserved, short.value.top_up)
        assert told == ((None,) * 3 if style == "code" else (Decimal("39.4554"), Decimal(0), Decimal("7.8948")))

    @pytest.mark.parametrize("account_id", [1, 9003, 8001])
    def test_of_an_unknown_inactive_or_live_account(self, supplier, account_id):
        with pytest.raises(errors.Misconfigured) as wrong:
            supplier.buy(account_id=account_id)

        assert wrong.value.code == "WrongAccount"

    def test_of_too_many_cards_and_of_none(self, supplier):
        with pytest.raises(errors.OurFault) as many:
            supplier.buy(quantity=501)
        with pytest.raises(errors.OurFault) as none:
            supplier.client.checkout(request_id=uuid.uuid4(), account_id=9001, entries=[])

        assert (many.value.code, none.value.code) == ("CardsLimitExceeded", "NoProducts")

    @pytest.mark.parametrize("code", ["UserNotEnabled", "ClientCatalogNotExist"])
    def test_of_the_client_itself(self, supplier, code):
        supplier.fault("refuse", code=code)

        with pytest.raises(errors.Misconfigured) as wrong:
            supplier.buy()

        assert wrong.value.code == code

    @pytest.mark.parametrize("status", [400, 404])
    def test_of_an_unknown_order(self, supplier, status):
        supplier.control("POST", "settings", unknown_order_status=status)

        with pytest.raises(errors.OrderNotFound):
            supplier.order(uuid.uuid4())

    def test_changes_nothing(self, supplier):
        before = supplier.balance()
        entries = [CheckoutEntry(THREE_LEFT, 3, Decimal(25)), CheckoutEntry(SOLD_OUT, 1, Decimal(60))]

        with pytest.raises(errors.OrderRefused):
            supplier.client.checkout(request_id=uuid.uuid4(), account_id=9001, entries=entries)
        supplier.buy(500142, 1, 25)

        assert supplier.balance() > before - 40
        assert len(supplier.control("GET", "purchases")) == 1


class TestACheckoutOfTheWrongShape:
    @pytest.mark.parametrize(
        "body",
        [
            [],
            {"RequestId": "no guid", "AccountId": 9001, "Products": []},
            {"RequestId": str(uuid.UUID(int=1)), "AccountId": "mine", "Products": []},
            {"RequestId": str(uuid.UUID(int=1)), "AccountId": 9001, "Products": {}},
            {"RequestId": str(uuid.UUID(int=1)), "AccountId": 9001, "Products": [5]},
            {
                "RequestId": str(uuid.UUID(int=1)),
                "AccountId": 9001,
                "Products": [{"ProductId": 1.5, "Quantity": 1, "Value": 1}],
            },
            {
                "RequestId": str(uuid.UUID(int=1)),
                "AccountId": 9001,
                "Products": [{"ProductId": 1, "Quantity": 0, "Value": 1}],
            },
            {
                "RequestId": str(uuid.UUID(int=1)),
                "AccountId": 9001,
                "Products": [{"ProductId": 1, "Quantity": 1, "Value": "x"}],
            },
            {
                "RequestId": str(uuid.UUID(int=1)),
                "AccountId": 9001,
                "Products": [{"ProductId": 1, "Quantity": 1, "Value": True}],
            },
        ],
    )
    def test_is_answered_with_a_problem_document(self, supplier, body):
        answer = supplier.post("/api/integration/v1.0/orders/checkout", body)

        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert answer.json()["errors"]

    def test_that_is_no_json_is_one_too(self, supplier):
        url = "http://supplier.test/api/integration/v1.0/orders/checkout"

        assert supplier.session.post(url, data=b"{").status_code == 400

    def test_may_have_odd_casing_numbers_as_text_and_unknown_keys(self, supplier):
        request_id = str(uuid.uuid4())
        products = [{"productid": "500101", "QUANTITY": "1", "Value": "10.0", "note": 1}]

        answer = supplier.post(
            "/API/Integration/V1/Orders/Checkout",
            {"requestId": f"{{{request_id}}}", "accountId": "9001", "Products": products, "metadata": {}},
        )

        assert (answer.status_code, answer.json()) == (200, request_id)


class TestStockBeforeDuplicates:
    def test_makes_a_repeated_request_look_refused(self, make_supplier):
        supplier = make_supplier(stock_before_duplicates=True)
        request_id = supplier.buy(THREE_LEFT, 3, 25)

        with pytest.raises(errors.OrderRefused):
            supplier.buy(THREE_LEFT, 3, 25, request_id=request_id)

        supplier.control("POST", "stock", product_id=THREE_LEFT, count=None)
        with pytest.raises(errors.AlreadyPlaced):
            supplier.buy(THREE_LEFT, 3, 25, request_id=request_id)


class TestVersionTwo:
    def test_answers_an_object(self, supplier):
        request_id = str(uuid.uuid4())
        body = {
            "RequestId": request_id,
            "AccountId": 9001,
            "Products": [{"Sku": "sku-500101", "Quantity": 2, "Value": 10}],
        }

        answer = supplier.post("/api/integration/v2.0/orders/checkout", body).json()

        assert answer == {
            "requestId": request_id,
            "orderNumber": "O-06800001",
            "status": "Created",
            "currencyCode": "USD",
            "totalCards": 2,
        }
        assert len(supplier.order(uuid.UUID(request_id)).items[0].cards) == 2

    @pytest.mark.parametrize("sku", ["TBRAND-AE", "SKU-99999999999", "SKU-٣"])
    def test_names_the_sku_that_is_not_there(self, make_supplier, sku):
        supplier = make_supplier(error_style="sentence")
        body = {
            "RequestId": str(uuid.uuid4()),
            "AccountId": 9001,
            "Products": [{"Sku": sku, "Quantity": 1, "Value": 10}],
        }

        answer = supplier.post("/api/integration/v2.0/orders/checkout", body)

        assert (
            answer.json()["message"] == f"Product with sku {sku} not found. Ask your administrator to add it to catalog"
        )
