"""How the client reads each shape of answer that the contract allows. The transport is replaced, the client is not."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from io import BytesIO
from typing import ClassVar

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from bamboo import errors
from bamboo.client import BambooClient
from bamboo.schemas import CheckoutEntry

REQUEST_ID = uuid.UUID("3f0e0c1e-6a1b-4c7e-9c55-0d2b8f7f1a10")
REFUSED = ["ProductIsOutOfStock", "InvalidProductIds", "InvalidProduct", "ClientPriceInvalid", "InvalidDenomination"]
CODES = [
    *((code, errors.OrderRefused) for code in REFUSED),
    ("OrderAlreadyExists", errors.AlreadyPlaced),
    ("InsufficientBalance", errors.FloatShort),
    ("WrongAccount", errors.Misconfigured),
    ("UserNotEnabled", errors.Misconfigured),
    ("ClientCatalogNotExist", errors.Misconfigured),
    ("CardsLimitExceeded", errors.OurFault),
    ("NoProducts", errors.OurFault),
]
STYLES = [
    lambda code: {"message": code},
    lambda code: {"reason": code, "message": "Something went wrong."},
    lambda code: {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": code},
    lambda code: {"Message": code.upper()},
]


class Canned(BaseAdapter):
    """Answers every request alike and keeps what was asked."""

    def __init__(self, status, body, headers):
        super().__init__()
        self.status, self.body, self.headers, self.asked = status, body, headers, []

    def send(self, request, **_options):
        self.asked.append(request)
        response = requests.Response()
        response.status_code = self.status
        response.headers.update(self.headers)
        response.raw = HTTPResponse(body=BytesIO(self.body), status=self.status, preload_content=False)
        response.url, response.request = request.url, request
        return response

    def close(self):
        """Hold nothing."""


def client(status, body, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    adapter = Canned(status, raw, headers)
    session = requests.Session()
    session.mount("http://supplier.test", adapter)
    return BambooClient(base_url="http://supplier.test", client_id="a", client_secret="b", session=session), adapter


def checkout(status, body, *, value="10", **headers):
    supplier, adapter = client(status, body, **headers)
    supplier.checkout(request_id=REQUEST_ID, account_id=9001, entries=[CheckoutEntry(5, 2, Decimal(value))])
    return json.loads(adapter.asked[0].body)


class TestCheckout:
    @pytest.mark.parametrize("status", [200, 201])
    @pytest.mark.parametrize(
        "body",
        [
            str(REQUEST_ID),
            str(REQUEST_ID).upper(),
            f"{{{REQUEST_ID}}}",
            f'"{REQUEST_ID}"',
            {"requestId": str(REQUEST_ID)},
            {"OrderId": 6800001, "RequestId": str(REQUEST_ID).upper()},
            f"{REQUEST_ID}".encode(),
            b'\xef\xbb\xbf"' + str(REQUEST_ID).encode() + b'"',
        ],
    )
    def test_is_accepted_in_each_form(self, status, body):
        assert checkout(status, body)["RequestId"] == str(REQUEST_ID)

    @pytest.mark.parametrize("body", ["5efd7293-9231-4021-bd93-094db2197240", {"status": "OK"}, b"", b"<html>", []])
    def test_with_another_answer_is_an_unknown_outcome(self, body):
        with pytest.raises(errors.OutcomeUnknown):
            checkout(200, body)

    @pytest.mark.parametrize(("value", "sent"), [("10", 10), ("10.00", 10), ("12.5", 12.5)])
    def test_sends_the_face_value_as_a_plain_number(self, value, sent):
        assert checkout(200, str(REQUEST_ID), value=value)["Products"][0]["Value"] == sent

    @pytest.mark.parametrize(("code", "kind"), CODES)
    @pytest.mark.parametrize("style", STYLES)
    def test_refused_is_understood_in_each_style(self, code, kind, style):
        with pytest.raises(kind):
            checkout(400, style(code))

    def test_refused_for_funds_in_a_sentence_tells_the_balance(self):
        text = (
            "Account doesn't have enough funds available to buy the card(s) requested."
            " Balance: 39.4554. Reserved balance: 1.5000. Additional top-up required: 7.7946"
        )
        with pytest.raises(errors.FloatShort) as refusal:
            checkout(400, {"message": text})
        assert (refusal.value.balance, refusal.value.reserved) == (Decimal("39.4554"), Decimal("1.5000"))

    def test_refused_for_funds_with_a_number_that_no_account_holds_tells_none(self):
        text = f"Account doesn't have enough funds. Balance: {'9' * 40}. Reserved balance: 1.5"
        with pytest.raises(errors.FloatShort) as refusal:
            checkout(400, {"message": text})
        assert (refusal.value.balance, refusal.value.reserved) == (None, Decimal("1.5"))

    def test_refused_for_stock_in_a_sentence_names_the_product(self):
        text = "There are not enough cards in stock for product Demo 10 USD. Requested: 5. In stock: 2"
        with pytest.raises(errors.OrderRefused) as refusal:
            checkout(400, {"message": text})
        assert (refusal.value.product_name, refusal.value.in_stock) == ("Demo 10 USD", 2)

    @pytest.mark.parametrize("status", [401, 403])
    def test_rejected_is_a_matter_of_configuration(self, status):
        with pytest.raises(errors.Misconfigured):
            checkout(status, {"error": "no"})

    @pytest.mark.parametrize("status", [302, 500, 502, 503])
    def test_failing_is_an_unknown_outcome(self, status):
        with pytest.raises(errors.OutcomeUnknown):
            checkout(status, b"<html>secret body</html>", Location="http://elsewhere.test/")

    @pytest.mark.parametrize("status", [400, 401, 403, 409, 422])
    def test_that_already_exists_is_never_refused_whatever_the_status(self, status):
        with pytest.raises(errors.AlreadyPlaced):
            checkout(status, {"message": "OrderAlreadyExists"})

    @pytest.mark.parametrize(
        ("status", "text"),
        [
            (408, ""),
            (409, "Conflict"),
            (425, ""),
            (499, ""),
            (400, "Your order is being processed, please try again later"),
            (400, "The order is still in progress. Retry after 5 seconds"),
            (409, "A request with this RequestId is already in progress. Retry after 5 seconds"),
            (400, "Order with RequestId 3f0e0c1e was already placed"),
            (400, "Duplicate request"),
            (400, "The operation has timed out. Please try again later."),
        ],
    )
    def test_that_may_be_under_way_is_an_unknown_outcome_and_nothing_less(self, status, text):
        """Taken for a limit, or for a refusal that is only unreadable, it would be bought again under another id."""
        with pytest.raises(errors.OutcomeUnknown) as outcome:
            checkout(status, {"message": text})
        assert type(outcome.value) is errors.OutcomeUnknown

    @pytest.mark.parametrize(
        "text", ["The order cannot be currently processed", "Your order is currently not accepted", "Request denied"]
    )
    def test_that_is_plainly_not_under_way_stays_an_unreadable_refusal(self, text):
        with pytest.raises(errors.Unclassified):
            checkout(400, {"message": text})

    @pytest.mark.parametrize(("status", "body"), [(400, {"message": "What?"}), (400, b""), (418, {}), (422, b"x")])
    def test_with_an_unreadable_refusal_is_unclassified_and_carries_no_body(self, status, body):
        with pytest.raises(errors.Unclassified) as refusal:
            checkout(status, body)
        assert "What" not in str(refusal.value)


class TestTooManyRequests:
    @pytest.mark.parametrize(
        ("body", "headers", "seconds"),
        [
            ({"message": "Too many requests. Please wait for 3406 seconds."}, {}, 3406),
            (b"Too many requests. Please wait for 0 seconds", {}, 0),
            (b"slow down", {"Retry-After": "7"}, 7),
            (b"slow down", {}, None),
            ({"message": "Please wait 2 minutes before the next call"}, {}, 120),
            ({"message": "Try again in 12s"}, {}, 12),
            (b"retry after 500 ms", {}, None),
        ],
    )
    def test_tell_how_long_to_wait(self, body, headers, seconds):
        supplier, _ = client(429, body, **headers)
        with pytest.raises(errors.RateLimited) as limit:
            supplier.accounts()
        assert limit.value.retry_after == seconds

    def test_may_tell_it_as_a_date(self):
        moment = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
        supplier, _ = client(429, b"", **{"Retry-After": moment})
        with pytest.raises(errors.RateLimited) as limit:
            supplier.accounts()
        assert 25 < limit.value.retry_after <= 30

    @pytest.mark.parametrize("status", [400, 403, 409])
    @pytest.mark.parametrize(
        "text",
        [
            "Too many requests. Please wait for 12 seconds before the next call.",
            "Rate limit exceeded",
            "Only 6 orders per minute for product 5 are allowed",
            "The limit of orders for this product has been reached",
            "You have exceeded the number of requests",
            "Too many orders for product 5. Please try again later.",
            "Please try later",
        ],
    )
    def test_may_come_with_another_status(self, status, text):
        with pytest.raises(errors.RateLimited) as limit:
            checkout(status, {"message": text})
        assert limit.value.code == f"http_{status}"
        assert limit.value.retry_after == (12 if "12" in text else None)

    @pytest.mark.parametrize(
        "text",
        [
            "Something went wrong, please try again",
            "An unexpected error occurred. Please try again later.",
            "Too many cards requested",
            "The order limit of this card is 10 units",
        ],
    )
    def test_are_not_what_every_excuse_is_about(self, text):
        with pytest.raises(errors.BambooError) as refusal:
            checkout(400, {"message": text})
        assert not isinstance(refusal.value, errors.RateLimited)

    def test_are_told_by_a_code_before_any_sentence(self):
        with pytest.raises(errors.OrderRefused):
            checkout(400, {"reason": "ProductIsOutOfStock", "message": "Please try again later"})


class TestAccounts:
    ROW: ClassVar = {"id": "9001", "currency": "USD", "balance": "10.5", "sandboxMode": False}

    @pytest.mark.parametrize("envelope", [lambda rows: {"Accounts": rows}, lambda rows: rows])
    def test_are_read_with_and_without_an_envelope_and_past_a_broken_row(self, envelope):
        supplier, _ = client(200, envelope([self.ROW, {"id": "?"}, None]))
        (account,) = supplier.accounts()
        assert (account.id, account.balance, account.is_active) == (9001, Decimal("10.5"), True)
        assert account.sandbox_mode is False

    def test_need_not_say_of_which_environment_they_are(self):
        supplier, _ = client(200, {"accounts": [{**self.ROW, "sandboxMode": None, "isActive": "False"}]})
        (account,) = supplier.accounts()
        assert (account.sandbox_mode, account.is_active) == (None, False)

    @pytest.mark.parametrize("body", [{}, {"accounts": None}, [{"id": "?"}], {"accounts": {}}, b"", b"null"])
    def test_that_cannot_be_read_at_all_are_never_taken_for_none(self, body):
        supplier, _ = client(200, body)
        with pytest.raises(errors.OutcomeUnknown):
            supplier.accounts()


class TestExchangeRates:
    def test_that_cannot_be_read_are_left_out(self):
        rows = [{"currencyCode": "EUR", "value": "0.9"}, {"currencyCode": "XXX", "value": None}, None]
        supplier, _ = client(200, {"baseCurrencyCode": "USD", "rates": rows})
        assert supplier.exchange_rates().rates == {"EUR": Decimal("0.9")}

    def test_of_which_none_can_be_read_are_no_rates(self):
        supplier, _ = client(200, {"baseCurrencyCode": "USD", "rates": [{"currencyCode": "EUR"}]})
        with pytest.raises(errors.OutcomeUnknown):
            supplier.exchange_rates()


class TestOrder:
    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (404, b"<html>"),
            (404, {}),
            (410, b""),
            (204, b""),
            *((200, body) for body in (b"", b" \n", b"\xef\xbb\xbf", b"null", b"{}", b"[]", b'""')),
            (200, {"orderId": None, "requestId": None, "items": None, "status": None}),
            (200, {"orderId": 0, "requestId": str(uuid.UUID(int=0)), "items": [], "status": "Created", "total": 0}),
            (200, {"requestId": str(REQUEST_ID), "items": []}),
            (200, {"message": "Order not found"}),
            (400, {"message": "OrderNotFound"}),
            (400, b""),
            (400, {"message": None}),
            (400, {"type": "about:blank", "title": "Bad Request", "status": 400, "traceId": "00-1"}),
            (400, {"title": "Bad Request", "status": 400, "detail": "No order exists for this identifier."}),
            (400, {"Errors": {"OrderId": ["The order could not be found."]}}),
            (400, b"Order does not exist"),
            (400, {"message": "There is no such order"}),
            (400, {"message": "Unknown order"}),
            (400, {"error": "Order not found. Please try again later."}),
        ],
    )
    def test_that_is_not_there_is_not_found(self, status, body):
        supplier, _ = client(status, body, **{"Content-Length": "0"})
        with pytest.raises(errors.OrderNotFound):
            supplier.order(request_id=REQUEST_ID)

    @pytest.mark.parametrize("status", [200, 400])
    def test_in_an_empty_answer_that_may_be_cut_off_is_not_called_missing(self, status):
        supplier, _ = client(status, b"")
        with pytest.raises(errors.Unclassified):
            supplier.order(request_id=REQUEST_ID)

    @pytest.mark.parametrize(
        "body", [b"<html>Bad Request</html>", {"message": "What?"}, {"message": "The client's account was not found"}]
    )
    def test_in_a_refusal_that_says_something_else_is_not_called_missing(self, body):
        supplier, _ = client(400, body)
        with pytest.raises(errors.BambooError) as refusal:
            supplier.order(request_id=REQUEST_ID)
        assert not isinstance(refusal.value, errors.OrderNotFound)

    @pytest.mark.parametrize("body", [{"message": "OrderNotFound"}, b"", b"null", {}])
    def test_is_never_not_found_by_a_checkout(self, body):
        for status in (200, 204, 400, 404, 410):
            with pytest.raises(errors.OutcomeUnknown):
                checkout(status, body)

    @pytest.mark.parametrize("status", ["CheckingOut", "Queued", {"id": 1, "name": "Processing"}])
    def test_in_a_state_that_nobody_knows_is_an_order_all_the_same(self, status):
        body = {"orderId": 0, "requestId": str(REQUEST_ID), "items": [], "status": status}
        supplier, _ = client(200, body)
        assert supplier.order(request_id=REQUEST_ID).request_id == REQUEST_ID

    @pytest.mark.parametrize("total", [{"amount": 94.7}, "USD 94.70", "94,70", [94.7]])
    def test_tells_a_total_that_cannot_be_read_from_none(self, total):
        supplier, _ = client(200, {"orderId": 9, "status": "Failed", "total": total})
        assert supplier.order(request_id=REQUEST_ID).has_unread_total

    @pytest.mark.parametrize("total", [None, 0, "", {}, "0.00", {"value": 0}])
    def test_without_a_total_hides_none(self, total):
        supplier, _ = client(200, {"orderId": 9, "status": "Failed", "total": total})
        assert not supplier.order(request_id=REQUEST_ID).has_unread_total

    @pytest.mark.parametrize("number", ["1e9999999", "-1e9999999", "1e-9999999"])
    @pytest.mark.parametrize("name", ["orderId", "total"])
    def test_with_a_number_out_of_all_bounds_is_read_without_it(self, name, number):
        supplier, _ = client(200, f'{{"{name}": {number}, "status": "Failed", "items": [{{"productId": 5}}]}}'.encode())
        assert supplier.order(request_id=REQUEST_ID).items

    @pytest.mark.parametrize("status", [200, 400])
    def test_with_a_number_that_no_decimal_holds_is_an_error_of_ours_and_no_other(self, status):
        supplier, _ = client(status, b'{"total": 1e99999999999999999999, "items": []}')
        with pytest.raises(errors.OutcomeUnknown):
            supplier.order(request_id=REQUEST_ID)

    def test_keeps_card_fields_as_the_text_that_they_are(self):
        card = {
            "id": 1,
            "serialNumber": "007",
            "cardCode": "0123",
            "pin": "042",
            "expirationDate": None,
            "status": "SOLD",
        }
        item = {"productId": 5, "productFaceValue": 10.10, "quantity": 1, "cards": [card]}
        supplier, _ = client(200, {"orderId": 9, "requestId": str(REQUEST_ID), "status": "succeeded", "items": [item]})
        order = supplier.order(request_id=REQUEST_ID)
        sold = order.items[0].cards[0]
        assert (sold.card_code, sold.pin, sold.serial_number) == ("0123", "042", "007")
        assert order.items[0].face_value == Decimal("10.10")
        assert order.is_final
        assert "0123" not in repr(order)

    def test_of_an_unknown_status_is_not_final(self):
        for status in ("CheckingOut", None, 3):
            supplier, _ = client(200, {"orderId": 9, "status": status, "items": None})
            assert not supplier.order(request_id=REQUEST_ID).is_final

    def test_of_which_little_can_be_read_shows_its_cards_all_the_same(self):
        card = {"id": None, "serialNumber": 123456, "cardCode": 98765, "pin": None, "status": "sold"}
        item = {"ProductId": "5", "FaceValue": {"value": "10.0"}, "Status": [], "Cards": [card]}
        body = {
            "OrderId": "O-1",
            "RequestId": str(REQUEST_ID).upper(),
            "Status": "succeeded",
            "Total": {"value": "9.47", "currencyCode": "USD"},
            "CreatedDate": 5,
            "ErrorMessage": {},
            "Items": [item],
        }
        supplier, _ = client(200, body)
        order = supplier.order(request_id=REQUEST_ID)
        (read,) = order.items
        assert (order.order_id, order.total, order.error_message) == (None, Decimal("9.47"), None)
        assert (read.product_id, read.face_value, read.quantity) == (5, Decimal(10), 1)
        assert (read.cards[0].id, read.cards[0].card_code, read.cards[0].serial_number) == (0, "98765", "123456")

    @pytest.mark.parametrize("name", ["productFaceValue", "faceValue", "denomination", "value"])
    def test_tells_the_face_value_under_each_of_its_names(self, name):
        supplier, _ = client(200, {"orderId": 9, "status": "Created", "items": [{"productId": 5, name: "12.50"}]})
        assert supplier.order(request_id=REQUEST_ID).items[0].face_value == Decimal("12.5")

    @given(
        body=st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["status", "items", "cards", "id", "total", "productId"]), inner, max_size=4
                )
            ),
            max_leaves=9,
        )
    )
    def test_of_any_json_is_read_or_refused_and_nothing_else(self, body):
        supplier, _ = client(200, body)
        try:
            supplier.order(request_id=REQUEST_ID)
        except errors.BambooError:
            return
