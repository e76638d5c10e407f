"""What the client sends, and what it makes of each answer."""

import gzip
import json
import uuid
from base64 import b64encode
from datetime import date
from decimal import Decimal

import pytest
import requests
import urllib3
from answering import Answers, client_of
from hypothesis import given
from hypothesis import strategies as st

from bamboo import errors
from bamboo.client import LARGEST_BODY, Timeouts
from bamboo.schemas import CheckoutEntry

REQUEST_ID = uuid.UUID("3f0e0c1e-6a1b-4c7e-9c55-0d2b8f7f1a10")


def checkout(answers, *values):
    entries = [CheckoutEntry(500101, 2, value) for value in values or (Decimal(10),)]
    return client_of(answers).checkout(request_id=REQUEST_ID, account_id=9001, entries=entries)


def accepted():
    return Answers(json.dumps(str(REQUEST_ID)).encode())


class TestCheckout:
    def test_sends_the_documented_body_and_credentials(self):
        answers = accepted()

        checkout(answers)

        request, timeout = answers.asked[0]
        assert (request.method, request.url) == ("POST", "http://supplier.test/api/integration/v1.0/orders/checkout")
        assert json.loads(request.body) == {
            "RequestId": str(REQUEST_ID),
            "AccountId": 9001,
            "Products": [{"ProductId": 500101, "Quantity": 2, "Value": 10}],
        }
        assert request.headers["Authorization"] == "Basic " + b64encode(b"STELLER:SECRET").decode()
        assert request.headers["Content-Type"] == "application/json"
        assert timeout == (3.0, 17.0)

    @pytest.mark.parametrize(
        ("value", "sent"),
        [
            (Decimal(10), b'"Value":10}'),
            (Decimal("10.00"), b'"Value":10}'),
            (Decimal("1E+2"), b'"Value":100}'),
            (Decimal("100"), b'"Value":100}'),
            (Decimal("12.50"), b'"Value":12.5}'),
            (Decimal("0.1"), b'"Value":0.1}'),
            (Decimal("55.0105"), b'"Value":55.0105}'),
        ],
    )
    def test_sends_whole_values_as_integers_and_others_exactly(self, value, sent):
        answers = accepted()

        checkout(answers, value)

        assert sent in answers.asked[0][0].body

    @given(st.decimals(min_value=0, max_value=10**14, places=4))
    def test_sends_every_value_exactly(self, value):
        answers = accepted()

        checkout(answers, value)

        sent = json.loads(answers.asked[0][0].body, parse_float=Decimal)["Products"][0]["Value"]
        assert sent == value
        assert isinstance(sent, int) == (value == int(value))

    @pytest.mark.parametrize("status", [200, 201])
    @pytest.mark.parametrize(
        "body",
        [
            f'"{REQUEST_ID}"',
            f'"{str(REQUEST_ID).upper()}"',
            f'"{{{REQUEST_ID}}}"',
            f"{{{REQUEST_ID}}}",
            f"{REQUEST_ID}\n",
            f'{{"requestId": "{REQUEST_ID}", "status": "Created"}}',
            f'{{"RequestId": "{REQUEST_ID}"}}',
        ],
    )
    def test_is_accepted_by_any_answer_that_names_the_request(self, body, status):
        checkout(Answers(body.encode(), status))

    @pytest.mark.parametrize(
        "body",
        [b"", b'"ok"', b"{}", b"null", b"[]", b"<html></html>", f'"{uuid.UUID(int=5)}"'.encode(), b'{"requestId": 5}'],
    )
    def test_has_an_unknown_outcome_with_any_other_success(self, body):
        with pytest.raises(errors.OutcomeUnknown) as unknown:
            checkout(Answers(body))

        assert (type(unknown.value), unknown.value.code) == (errors.OutcomeUnknown, "unexpected_answer")

    @pytest.mark.parametrize("status", [202, 204, 206])
    def test_has_an_unknown_outcome_with_another_2xx(self, status):
        with pytest.raises(errors.OutcomeUnknown):
            checkout(Answers(json.dumps(str(REQUEST_ID)).encode(), status))

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_never_follows_a_redirect(self, status):
        answers = Answers(b"", status, {"Location": "http://supplier.test/elsewhere"})

        with pytest.raises(errors.OutcomeUnknown) as unknown:
            checkout(answers)

        assert (unknown.value.code, len(answers.asked)) == (f"http_{status}", 1)

    def test_reports_a_400_by_its_reason(self):
        with pytest.raises(errors.AlreadyPlaced):
            checkout(Answers(b'{"message":"OrderAlreadyExists"}', 400))


class TestABrokenCall:
    @pytest.mark.parametrize(
        ("broken", "kind", "code"),
        [
            (requests.ConnectTimeout(), errors.NotSent, "connect_timeout"),
            (
                requests.ConnectionError(urllib3.exceptions.NewConnectionError(None, "refused")),
                errors.NotSent,
                "not_connected",
            ),
            (requests.ReadTimeout(), errors.OutcomeUnknown, "timeout"),
            (requests.ConnectionError("Remote end closed connection"), errors.OutcomeUnknown, "connection_broken"),
            (requests.ConnectionError(), errors.OutcomeUnknown, "connection_broken"),
            (requests.exceptions.SSLError("certificate"), errors.OutcomeUnknown, "connection_broken"),
            (ConnectionResetError(), errors.OutcomeUnknown, "connection_broken"),
            (TimeoutError(), errors.OutcomeUnknown, "timeout"),
        ],
    )
    def test_tells_whether_it_can_have_arrived_and_is_not_repeated(self, broken, kind, code):
        answers = Answers(error=broken)

        with pytest.raises(errors.OutcomeUnknown) as unknown:
            checkout(answers)

        assert (type(unknown.value), unknown.value.code, len(answers.asked)) == (kind, code, 1)

    def test_does_not_carry_the_error_beneath(self):
        with pytest.raises(errors.OutcomeUnknown) as unknown:
            checkout(Answers(error=requests.ConnectionError("http://user:SECRET@supplier.test")))

        assert unknown.value.__suppress_context__
        assert "SECRET" not in f"{unknown.value} {unknown.value!r}"

    def test_in_the_middle_of_the_body_has_an_unknown_outcome(self):
        class Breaking:
            closed = False

            def read1(self, _amount=-1):
                raise urllib3.exceptions.ProtocolError("broken")

            read = read1

            def close(self):
                self.closed = True

        with pytest.raises(errors.OutcomeUnknown) as unknown:
            checkout(Answers(Breaking()))

        assert unknown.value.code == "connection_broken"

    def test_gives_up_on_a_body_that_is_too_large(self):
        bomb = gzip.compress(b" " * (LARGEST_BODY + 1), compresslevel=1)

        with pytest.raises(errors.OutcomeUnknown) as unknown:
            client_of(Answers(bomb, headers={"Content-Encoding": "gzip"})).categories()

        assert unknown.value.code == "body_too_large"

    def test_gives_up_when_its_time_is_over(self):
        client = client_of(Answers(b"[]"), timeouts=Timeouts(other=-1.0))

        with pytest.raises(errors.OutcomeUnknown) as unknown:
            client.categories()

        assert unknown.value.code == "timeout"


class TestReading:
    def test_an_order_asks_for_it_by_request_id_with_its_own_clock(self):
        answers = Answers(b'{"status":"Created"}')

        order = client_of(answers).order(request_id=REQUEST_ID)

        request, timeout = answers.asked[0]
        assert request.url == f"http://supplier.test/api/integration/v1.0/orders/{REQUEST_ID}"
        assert (sum(timeout), order.is_final) == (10.0, False)

    def test_an_order_that_is_another_one_is_not_believed(self):
        with pytest.raises(errors.OutcomeUnknown) as unknown:
            client_of(Answers(f'{{"status":"Created","requestId":"{uuid.UUID(int=5)}"}}'.encode())).order(
                request_id=REQUEST_ID
            )

        assert unknown.value.code == "another_order"

    def test_an_order_that_is_not_there(self):
        with pytest.raises(errors.OrderNotFound):
            client_of(Answers(b"<html>", 404)).order(request_id=REQUEST_ID)

    def test_money_never_passes_through_a_float(self):
        answers = Answers(b'{"accounts":[{"id":1,"currency":"USD","balance":0.1000000000000000055}]}')

        assert client_of(answers).accounts()[0].balance == Decimal("0.1000000000000000055")

    def test_the_catalog_sends_only_the_filters_that_are_given(self):
        answers = Answers(b'{"items":[]}')
        client = client_of(answers)

        client.catalog_page(page_index=2)
        client.catalog_page(page_index=0, page_size=50, modified_after=date(2026, 1, 5), product_id=7)

        plain, filtered = (request.url.partition("?")[2] for request, _ in answers.asked)
        assert plain == "PageIndex=2&PageSize=100"
        assert filtered == "PageIndex=0&PageSize=50&ModifiedDate=2026-01-05&ProductId=7"

    def test_the_whole_catalog_takes_its_time(self):
        answers = Answers(b'{"brands":[]}')

        page = client_of(answers).catalog_v1()

        assert (page.count, sum(answers.asked[0][1])) == (0, 180.0)

    def test_rates_send_only_what_is_given(self):
        answers = Answers(b'{"baseCurrencyCode":"USD","rates":[]}')
        client = client_of(answers)

        client.exchange_rates()
        client.exchange_rates(base="AED", currency="INR")

        assert [request.url.partition("?")[2] for request, _ in answers.asked] == ["", "baseCurrency=AED&currency=INR"]

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"<html>", b"NaN", b"[1", b"{}", b"[5]", b"[" * 100_000, b'{"id":NaN}']
    )
    def test_an_answer_of_the_wrong_shape_has_no_meaning(self, body):
        with pytest.raises(errors.OutcomeUnknown) as unknown:
            client_of(Answers(body)).categories()

        assert unknown.value.code == "unreadable_answer"

    def test_another_status_is_an_error_by_its_meaning(self):
        with pytest.raises(errors.Misconfigured):
            client_of(Answers(b"", 401)).accounts()

    def test_can_be_closed(self):
        client_of(Answers()).close()
