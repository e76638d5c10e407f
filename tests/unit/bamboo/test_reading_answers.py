"""How the client reads each shape of answer that the contract allows. The transport is replaced, the client is not."""

import json
import uuid
from decimal import Decimal
from io import BytesIO

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
            {"requestId": str(REQUEST_ID)},
            f"{REQUEST_ID}".encode(),
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
        ],
    )
    def test_tell_how_long_to_wait(self, body, headers, seconds):
        supplier, _ = client(429, body, **headers)
        with pytest.raises(errors.RateLimited) as limit:
            supplier.accounts()
        assert limit.value.retry_after == seconds


class TestOrder:
    @pytest.mark.parametrize(("status", "body"), [(404, b"<html>"), (404, {}), (400, {"message": "OrderNotFound"})])
    def test_that_is_not_there_is_not_found(self, status, body):
        supplier, _ = client(status, body)
        with pytest.raises(errors.OrderNotFound):
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
        supplier, _ = client(200, {"status": "CheckingOut", "items": None})
        assert not supplier.order(request_id=REQUEST_ID).is_final

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
