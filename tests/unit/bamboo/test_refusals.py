"""Every way in which the supplier is known, or believed, to say no."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bamboo import errors
from bamboo.refusals import CODES, error_from

MEANING = {
    "WrongAccount": errors.Misconfigured,
    "InsufficientBalance": errors.FloatShort,
    "InvalidProductIds": errors.OrderRefused,
    "InvalidProduct": errors.OrderRefused,
    "InvalidDenomination": errors.OrderRefused,
    "NoProducts": errors.OurFault,
    "OrderAlreadyExists": errors.AlreadyPlaced,
    "ClientCatalogNotExist": errors.Misconfigured,
    "OrderNotFound": errors.Unclassified,
    "CardsLimitExceeded": errors.OurFault,
    "ProductIsOutOfStock": errors.OrderRefused,
    "ClientPriceInvalid": errors.OrderRefused,
    "UserNotEnabled": errors.Misconfigured,
}

# The supplier's own sentences where they are known, otherwise plausible ones.
SENTENCES = {
    "WrongAccount": "Account 12 does not belong to this client",
    "InsufficientBalance": "Account doesn't have enough funds available to buy the card(s) requested.",
    "InvalidProductIds": "Product with sku TBRAND-AE not found. Ask your administrator to add it to catalog",
    "InvalidProduct": "Product Orbit Play cannot be ordered",
    "InvalidDenomination": "Denomination 7 is not allowed for this product",
    "NoProducts": "No products were given",
    "OrderAlreadyExists": "An order with request id 5 already exists",
    "ClientCatalogNotExist": "The client's catalog does not exist",
    "OrderNotFound": "The order was not found",
    "CardsLimitExceeded": "You cannot order more than 500 cards",
    "ProductIsOutOfStock": "There are not enough cards in stock for product Orbit. Requested: 3. In stock: 1",
    "ClientPriceInvalid": "The price is missing, contact your account manager",
    "UserNotEnabled": "The API user is disabled",
}

FIELDS = ("reason", "reasonCode", "code", "error", "message")


def refusal(body, *, status=400, headers=None, reading_order=False):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_from(status=status, headers=headers or {}, body=raw, reading_order=reading_order)


class TestAReason:
    @pytest.mark.parametrize("code", CODES)
    @pytest.mark.parametrize("field", FIELDS)
    def test_is_a_code_in_any_of_five_fields(self, code, field):
        error = refusal({field: code})

        assert type(error) is MEANING[code]

    @pytest.mark.parametrize("code", CODES)
    @pytest.mark.parametrize(
        "change", [str.lower, str.upper, lambda code: f"  {code}\n", lambda code: f"{code}: see docs"]
    )
    def test_is_found_in_any_casing_and_amid_words(self, code, change):
        assert type(refusal({"Message": change(code)})) is MEANING[code]

    @pytest.mark.parametrize("code", CODES)
    def test_is_a_code_beside_a_sentence(self, code):
        error = refusal({"reason": code, "message": "Whatever the supplier likes to say"})

        assert type(error) is MEANING[code]

    @pytest.mark.parametrize("code", CODES)
    def test_is_a_sentence(self, code):
        assert type(refusal({"message": SENTENCES[code]})) is MEANING[code]

    @pytest.mark.parametrize("code", CODES)
    def test_is_part_of_a_problem_document(self, code):
        titled = refusal({"type": "about:blank", "title": code, "status": 400})
        detailed = refusal({"title": "Bad Request", "status": 400, "detail": SENTENCES[code]})
        nested = refusal({"title": "One or more validation errors occurred.", "errors": {"Products": [code]}})
        keyed = refusal({"title": "One or more validation errors occurred.", "errors": {code: ["Not good."]}})

        assert {type(each) for each in (titled, detailed, nested, keyed)} == {MEANING[code]}

    @pytest.mark.parametrize("code", CODES)
    def test_is_plain_text_or_a_json_text_or_a_list(self, code):
        answers = [
            code.encode(),
            json.dumps(code).encode(),
            json.dumps([{"code": code}]).encode(),
            SENTENCES[code].encode(),
        ]

        assert {type(refusal(each)) for each in answers} == {MEANING[code]}

    def test_is_looked_for_in_the_next_field_when_the_first_holds_none(self):
        error = refusal({"reason": "Validation", "code": 400, "error": None, "message": "ProductIsOutOfStock"})

        assert error.code == "ProductIsOutOfStock"

    def test_comes_from_the_first_field_when_two_hold_one(self):
        assert refusal({"message": "InvalidProduct", "reason": "OrderAlreadyExists"}).code == "OrderAlreadyExists"

    def test_may_be_nested_in_an_error_object(self):
        assert refusal({"error": {"code": "WrongAccount", "message": "?"}}).code == "WrongAccount"


class TestNoReason:
    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"null", b"[]", b"7", b'{"message":null}', b"\xff\xfe", b"[" * 100_000, b'{"message":"Try again"}'],
    )
    def test_leaves_a_400_unclassified(self, body):
        error = refusal(body)

        assert (type(error), error.http_status) == (errors.Unclassified, 400)

    def test_is_ever_read_from_a_web_page(self):
        page = b"<html><title>400</title><body>product not found, OrderAlreadyExists</body></html>"

        assert type(refusal(page)) is errors.Unclassified

    @pytest.mark.parametrize("status", [402, 404, 405, 408, 409, 415, 422, 451])
    def test_is_believed_with_another_4xx(self, status):
        error = refusal({"message": "ProductIsOutOfStock"}, status=status)

        assert (type(error), error.http_status) == (errors.Unclassified, status)

    def test_but_that_it_exists_is_believed_with_a_409_too(self):
        assert type(refusal({"message": "OrderAlreadyExists"}, status=409)) is errors.AlreadyPlaced

    @pytest.mark.parametrize("status", [300, 301, 302, 307, 500, 502, 503, 504])
    def test_makes_a_redirect_or_a_server_error_a_refusal(self, status):
        error = refusal({"message": "ProductIsOutOfStock"}, status=status)

        assert (type(error), error.code) == (errors.OutcomeUnknown, f"http_{status}")

    @pytest.mark.parametrize("status", [401, 403])
    def test_is_needed_for_a_401_or_a_403(self, status):
        error = refusal(b"<html>", status=status)

        assert (type(error), error.code) == (errors.Misconfigured, f"http_{status}")

    def test_keeps_the_code_of_a_403_that_has_one(self):
        assert refusal({"error": "UserNotEnabled"}, status=403).code == "UserNotEnabled"

    @given(st.binary(max_size=300), st.integers(300, 599), st.booleans())
    def test_breaks_the_reading(self, body, status, reading_order):
        error = error_from(status=status, headers={}, body=body, reading_order=reading_order)

        assert isinstance(error, errors.BambooError)


class TestAReadOfAnOrder:
    @pytest.mark.parametrize("body", [b"", b"<html>nothing here</html>", b'{"message":"OrderNotFound"}'])
    def test_finds_nothing_with_any_404(self, body):
        assert type(refusal(body, status=404, reading_order=True)) is errors.OrderNotFound

    @pytest.mark.parametrize("body", [{"message": "OrderNotFound"}, {"message": "Order 5 does not exist"}])
    def test_finds_nothing_with_a_400_that_says_so(self, body):
        assert type(refusal(body, reading_order=True)) is errors.OrderNotFound

    def test_is_unclassified_with_any_other_400(self):
        assert type(refusal({"message": "The value is not a valid GUID."}, reading_order=True)) is errors.Unclassified


class TestTheSentenceAboutStock:
    @pytest.mark.parametrize("name", ["Orbit Play 10 USD", "Kettle & Crumb 12.5 GBP", "A. B. Requested Cards"])
    def test_tells_product_and_numbers(self, name):
        error = refusal(
            {"message": f"There are not enough cards in stock for product {name}. Requested: 30. In stock: 2"}
        )

        assert (error.code, error.product_name, error.requested, error.in_stock) == ("ProductIsOutOfStock", name, 30, 2)

    def test_may_tell_nothing(self):
        error = refusal({"message": "ProductIsOutOfStock"})

        assert (error.product_name, error.requested, error.in_stock) == (None, None, None)


class TestTheSentenceAboutFunds:
    def test_tells_three_amounts(self):
        error = refusal(
            {
                "message": "Account doesn't have enough funds available to buy the card(s) requested. Balance: 39.4554."
                " Reserved balance: 0.0000. Additional top-up required: 1,007.7946"
            }
        )

        assert (error.balance, error.reserved, error.top_up) == (Decimal("39.4554"), Decimal(0), Decimal("1007.7946"))

    def test_may_tell_none(self):
        error = refusal({"message": "InsufficientBalance"})

        assert (error.code, error.balance, error.reserved, error.top_up) == ("InsufficientBalance", None, None, None)


class TestA429:
    @pytest.mark.parametrize(
        ("body", "seconds"),
        [
            (b'{"message":"Too many requests. Please wait for 3406 seconds before trying."}', 3406.0),
            (b"Too many requests. Please wait for 0 seconds", 0.0),
            (b'"Please wait 12.5 seconds"', 12.5),
            (b"WAIT FOR 2 MINUTES", 120.0),
            (b"<html>wait for 1 hour</html>", 3600.0),
            (b"Too many requests", None),
            (b"", None),
        ],
    )
    def test_tells_in_its_text_how_long_to_wait(self, body, seconds):
        error = refusal(body, status=429)

        assert (type(error), error.retry_after) == (errors.RateLimited, seconds)

    def test_is_read_from_the_header_first(self):
        error = refusal(b"wait for 3406 seconds", status=429, headers={"Retry-After": " 7 "})

        assert error.retry_after == 7.0

    def test_may_give_a_date(self):
        later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

        assert refusal(b"", status=429, headers={"Retry-After": later}).retry_after == pytest.approx(90, abs=3)

    def test_with_a_date_in_the_past_means_now(self):
        past = "Mon, 05 Jan 2026 08:00:00 -0000"

        assert refusal(b"", status=429, headers={"Retry-After": past}).retry_after == 0.0

    @pytest.mark.parametrize("header", ["soon", "-5", "nan", "inf", "1e9"])
    def test_with_an_odd_header_is_read_from_its_text(self, header):
        error = refusal(b"wait for 5 seconds", status=429, headers={"Retry-After": header})

        assert error.retry_after == 5.0


class TestAnError:
    def test_shows_its_code_and_status_and_nothing_else(self):
        secret = "4111-SECRET"
        error = refusal({"message": f"InvalidProduct {secret}", "cardCode": secret})

        assert (str(error), repr(error)) == ("InvalidProduct (HTTP 400)", "OrderRefused('InvalidProduct')")
        assert secret not in repr(vars(error))

    def test_without_an_answer_shows_its_code(self):
        assert str(errors.NotSent("not_connected")) == "not_connected"

    def test_of_unknown_outcome_can_be_caught_as_one(self):
        assert issubclass(errors.NotSent, errors.OutcomeUnknown)
        assert issubclass(errors.Unclassified, errors.OutcomeUnknown)
