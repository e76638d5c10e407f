"""POST /api/order: what is taken, what is refused, and that a refusal leaves nothing behind."""

import json
import threading
import time
import uuid
from decimal import Decimal
from itertools import pairwise

import pytest
from django.utils import timezone

from orders.api import waiting
from orders.models import Order, OrderItem
from partners.models import ApiKey
from tests import factories
from tests.conftest import client_of
from wallets.models import Hold, Wallet

pytestmark = pytest.mark.django_db


def body_for(product, **changes):
    return {
        "request_id": str(uuid.uuid4()),
        "currency": "USD",
        "items": [{"product_id": product.pk, "face_value": "10.00", "quantity": 2}],
        **changes,
    }


def line(product, **changes):
    return {"product_id": product.pk, "face_value": "10.00", "quantity": 2, **changes}


def assert_problem(answer, status, code):
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["status"] == status
    assert problem["type"] == f"urn:steller:error:{code}"
    assert problem["reference_id"] == answer.headers["X-Reference-Id"]
    assert {"title", "detail", "instance", "retryable", "money"} <= problem.keys()
    return problem


def assert_nothing_happened(buyer):
    assert not Order.objects.exists()
    assert not OrderItem.objects.exists()
    assert not Hold.objects.exists()
    wallet = Wallet.objects.get(pk=buyer.wallet.pk)
    assert (wallet.available, wallet.held, wallet.version) == (Decimal(1000), 0, 1)


class TestPlacingAnOrder:
    def test_answers_202_with_the_order_and_holds_its_price(self, buyer):
        body = body_for(buyer.product, reference="PO 7")

        answer = buyer.api.post("/api/order", body)

        order = answer.json()
        assert answer.status_code == 202
        assert "Idempotent-Replayed" not in answer.headers
        assert order["status"] == "created"
        assert (order["sale_total"], order["currency"], order["reference"]) == ("20.00", "USD", "PO 7")
        assert order["request_id"] == body["request_id"]
        assert order["settled_at"] is None
        assert order["error"] is None
        assert isinstance(order["number"], int)
        [item] = order["items"]
        expected = {
            "product_id": buyer.product.pk,
            "face_value": "10.00",
            "quantity": 2,
            "sale_amount": "20.00",
            "delivered": 0,
            "captured_amount": "0.00",
            "released_amount": "0.00",
            "status": "waiting",
        }
        assert expected.items() <= item.items()
        wallet = Wallet.objects.get(pk=buyer.wallet.pk)
        assert (wallet.available, wallet.held) == (Decimal(980), Decimal(20))

    def test_reads_back_as_it_was_answered(self, buyer):
        placed = buyer.api.post("/api/order", body_for(buyer.product)).json()

        assert buyer.api.get(f"/api/order/{placed['id']}").json() == placed

    def test_takes_amounts_as_numbers_too(self, buyer):
        answer = buyer.api.post(
            "/api/order", body_for(buyer.product, items=[line(buyer.product, face_value=10.5)])
        )

        assert answer.json()["items"][0]["face_value"] == "10.50"

    def test_ignores_fields_it_does_not_know(self, buyer):
        body = body_for(buyer.product, colour="green", items=[line(buyer.product, colour="red")])

        assert buyer.api.post("/api/order", body).status_code == 202

    def test_costs_seven_queries_beside_the_two_of_the_transaction(self, buyer, django_assert_num_queries):
        buyer.api.post("/api/order", body_for(buyer.product))

        # key · wallet · products · rules · BEGIN, order with lines, hold, COMMIT (savepoints in a test)
        with django_assert_num_queries(8):
            buyer.api.post("/api/order", body_for(buyer.product))

    def test_a_user_may_order_by_its_token(self, buyer):
        user = factories.UserFactory(partner=buyer.partner, role="buyer")
        tokens = buyer.api.post(
            "/api/auth/token", {"email": user.email, "password": "correct horse battery"}
        ).json()

        answer = client_of(token=tokens["access"]).post("/api/order", body_for(buyer.product))

        assert answer.status_code == 202
        assert Order.objects.get().created_by == f"user:{user.pk}"


class TestARepeat:
    def test_answers_200_with_the_same_order_and_marks_it(self, buyer):
        body = body_for(buyer.product)
        first = buyer.api.post("/api/order", body)

        again = buyer.api.post("/api/order", body)

        assert again.status_code == 200
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json() == first.json()
        assert Order.objects.count() == 1
        assert Wallet.objects.get(pk=buyer.wallet.pk).held == Decimal(20)

    def test_with_another_body_is_refused(self, buyer):
        body = body_for(buyer.product)
        buyer.api.post("/api/order", body)

        answer = buyer.api.post("/api/order", {**body, "items": [line(buyer.product, quantity=3)]})

        assert_problem(answer, 422, "request_id_reused")
        assert Order.objects.count() == 1

    def test_of_another_partner_is_its_own_order(self, buyer):
        body = body_for(buyer.product)
        other = factories.PartnerFactory()
        factories.CommissionRuleFactory(partner=other)
        factories.make_wallet(other)
        buyer.api.post("/api/order", body)

        answer = client_of(factories.make_key(partner=other)).post("/api/order", body)

        assert answer.status_code == 202
        assert Order.objects.count() == 2


class TestRefusedLines:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"product_id": 999_999_999_999_999_999_999}, "product_unknown"),
            ({"product_id": 0}, "product_unknown"),
            ({"face_value": "4.99"}, "face_value_out_of_range"),
            ({"face_value": "500.01"}, "face_value_out_of_range"),
            ({"face_value": "99999999999999.9999"}, "face_value_out_of_range"),
            ({"quantity": 0}, "quantity_invalid"),
            ({"quantity": -1}, "quantity_invalid"),
            ({"quantity": 501}, "quantity_invalid"),
            ({"quantity": 10**30}, "quantity_invalid"),
        ],
    )
    def test_name_the_line_and_leave_nothing_behind(self, buyer, changes, code):
        items = [line(buyer.product), line(buyer.product, **changes)]

        answer = buyer.api.post("/api/order", body_for(buyer.product, items=items))

        assert assert_problem(answer, 422, code)["item"] == 1
        assert_nothing_happened(buyer)

    def test_a_withdrawn_product(self, buyer):
        gone = factories.ProductFactory(withdrawn_at=timezone.now())

        answer = buyer.api.post("/api/order", body_for(gone))

        assert assert_problem(answer, 422, "product_withdrawn")["item"] == 0
        assert_nothing_happened(buyer)

    def test_too_many_lines(self, buyer):
        answer = buyer.api.post(
            "/api/order", body_for(buyer.product, items=[line(buyer.product, quantity=1)] * 101)
        )

        assert_problem(answer, 422, "order_too_large")
        assert_nothing_happened(buyer)

    def test_too_many_cards(self, buyer):
        answer = buyer.api.post(
            "/api/order", body_for(buyer.product, items=[line(buyer.product, quantity=500)] * 11)
        )

        assert_problem(answer, 422, "order_too_large")
        assert_nothing_happened(buyer)


class TestRefusedMoney:
    def test_a_currency_without_a_wallet(self, buyer):
        answer = buyer.api.post("/api/order", body_for(buyer.product, currency="EUR"))

        assert_problem(answer, 422, "currency_mismatch")
        assert_nothing_happened(buyer)

    def test_a_wallet_of_another_partner(self, buyer):
        foreign = factories.make_wallet(factories.PartnerFactory())

        answer = buyer.api.post("/api/order", body_for(buyer.product, wallet_id=foreign.pk))

        assert_problem(answer, 404, "not_found")
        assert_nothing_happened(buyer)

    def test_more_than_the_wallet_has(self, buyer):
        answer = buyer.api.post(
            "/api/order", body_for(buyer.product, items=[line(buyer.product, quantity=101)])
        )

        assert assert_problem(answer, 402, "insufficient_funds")["money"] == "none"
        assert_nothing_happened(buyer)

    def test_more_than_was_expected(self, buyer):
        answer = buyer.api.post("/api/order", body_for(buyer.product, expected_total="19.99"))

        assert_problem(answer, 422, "price_exceeded")
        assert_nothing_happened(buyer)


class TestRefusedShapes:
    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"request_id": "42"}, "request_id"),
            ({"request_id": None}, "request_id"),
            ({"request_id": 42}, "request_id"),
            ({"currency": "usd"}, "currency"),
            ({"currency": ["USD"]}, "currency"),
            ({"items": []}, "items"),
            ({"items": "all"}, "items"),
            ({"items": [7]}, "items.0"),
            ({"expected_total": "0"}, "expected_total"),
            ({"expected_total": "NaN"}, "expected_total"),
            ({"reference": "a\x00b"}, "reference"),
            ({"reference": "x" * 101}, "reference"),
            ({"wallet_id": "1"}, "wallet_id"),
            ({"wait_seconds": 31}, "wait_seconds"),
            ({"wait_seconds": "1"}, "wait_seconds"),
        ],
    )
    def test_are_named_by_their_path(self, buyer, changes, path):
        answer = buyer.api.post("/api/order", body_for(buyer.product, **changes))

        assert list(assert_problem(answer, 400, "invalid_request")["errors"]) == [path]
        assert_nothing_happened(buyer)

    @pytest.mark.parametrize("face_value", ["-5", "0", "0.00", "1.00001", "1e2", "Infinity", "", " 5", "٥", True, None])
    def test_a_face_value_that_is_no_positive_amount(self, buyer, face_value):
        answer = buyer.api.post(
            "/api/order", body_for(buyer.product, items=[line(buyer.product, face_value=face_value)])
        )

        assert list(assert_problem(answer, 400, "invalid_request")["errors"]) == ["items.0.face_value"]
        assert_nothing_happened(buyer)

    @pytest.mark.parametrize("quantity", ["2", 1.5, True, None, [1]])
    def test_a_quantity_that_is_no_integer(self, buyer, quantity):
        answer = buyer.api.post(
            "/api/order", body_for(buyer.product, items=[line(buyer.product, quantity=quantity)])
        )

        assert list(assert_problem(answer, 400, "invalid_request")["errors"]) == ["items.0.quantity"]

    def test_all_wrong_fields_at_once(self, buyer):
        answer = buyer.api.post("/api/order", {"items": [{}, {"quantity": "x"}]})

        assert assert_problem(answer, 400, "invalid_request")["errors"].keys() == {
            "request_id",
            "currency",
            *(f"items.0.{name}" for name in ("product_id", "face_value", "quantity")),
            *(f"items.1.{name}" for name in ("product_id", "face_value", "quantity")),
        }

    @pytest.mark.parametrize(
        "text",
        [b"{", b"", b"[]", b"null", b'"x"', b"\xff", b'{"request_id": NaN}', b"[" * 100_000, b"1" * 10_000, "{}".encode("utf-16")],
    )
    def test_a_body_that_is_no_json_object(self, buyer, text):
        answer = buyer.api.generic("POST", "/api/order", text, content_type="application/json")

        assert_problem(answer, 400, "invalid_request")
        assert_nothing_happened(buyer)

    def test_text_that_no_database_stores(self, buyer):
        body = json.dumps(body_for(buyer.product, reference="\ud800")).encode()

        answer = buyer.api.generic("POST", "/api/order", body, content_type="application/json")

        assert list(assert_problem(answer, 400, "invalid_request")["errors"]) == ["reference"]

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
    def test_another_content_type(self, buyer, kind):
        answer = buyer.api.generic("POST", "/api/order", b"{}", content_type=kind)

        assert_problem(answer, 415, "invalid_request")

    def test_a_body_of_many_megabytes(self, buyer):
        answer = buyer.api.generic("POST", "/api/order", b" " * 2_200_000, content_type="application/json")

        assert_problem(answer, 413, "invalid_request")


class TestRefusedCallers:
    def test_nobody(self, buyer):
        answer = client_of().post("/api/order", body_for(buyer.product))

        assert_problem(answer, 401, "authentication_failed")
        assert "ApiKey" in answer.headers["WWW-Authenticate"]

    def test_an_unknown_key(self, buyer):
        answer = client_of(buyer.key[:-1] + ("A" if buyer.key[-1] != "A" else "B")).post(
            "/api/order", body_for(buyer.product)
        )

        assert_problem(answer, 401, "authentication_failed")
        assert_nothing_happened(buyer)

    def test_a_revoked_key(self, buyer):
        ApiKey.objects.update(revoked_at=timezone.now())

        assert_problem(buyer.api.post("/api/order", body_for(buyer.product)), 401, "key_revoked")
        assert_nothing_happened(buyer)

    def test_an_expired_key(self, buyer):
        ApiKey.objects.update(expires_at=timezone.now())

        assert_problem(buyer.api.post("/api/order", body_for(buyer.product)), 401, "key_expired")
        assert_nothing_happened(buyer)

    def test_a_suspended_partner(self, buyer):
        buyer.partner.suspended_at = timezone.now()
        buyer.partner.save()

        assert_problem(buyer.api.post("/api/order", body_for(buyer.product)), 403, "partner_suspended")
        assert_nothing_happened(buyer)
        assert buyer.api.get("/api/order").status_code == 200

    def test_a_key_that_may_only_read(self, buyer):
        reader = client_of(factories.make_key(partner=buyer.partner, scopes=["read"]))

        assert_problem(reader.post("/api/order", body_for(buyer.product)), 403, "permission_denied")
        assert reader.get("/api/order").status_code == 200


class TestEstimating:
    def test_prices_without_storing_anything(self, buyer):
        body = body_for(buyer.product)
        del body["request_id"]

        answer = buyer.api.post("/api/order/estimate", body)

        assert answer.status_code == 200
        assert (answer.json()["total"], answer.json()["currency"]) == ("20.00", "USD")
        assert answer.json()["items"][0]["unit_price"] == "10.00"
        assert_nothing_happened(buyer)

    def test_meets_the_same_refusals(self, buyer):
        body = body_for(buyer.product, items=[line(buyer.product, quantity=0)])

        assert_problem(buyer.api.post("/api/order/estimate", body), 422, "quantity_invalid")


class TestWaiting:
    def test_ends_when_the_time_is_over(self, buyer):
        started = time.monotonic()

        answer = buyer.api.post("/api/order", body_for(buyer.product, wait_seconds=0.2))

        assert answer.status_code == 202
        assert 0.2 <= time.monotonic() - started < 2

    def test_of_a_repeat_ends_at_once_when_the_order_is_final(self, buyer):
        body = body_for(buyer.product, wait_seconds=5)
        first = buyer.api.post("/api/order", {**body, "wait_seconds": 0}).json()
        buyer.api.post(f"/api/order/{first['id']}/cancel")
        started = time.monotonic()

        answer = buyer.api.post("/api/order", body)

        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert time.monotonic() - started < 1

    def test_does_not_happen_when_a_quarter_of_the_threads_waits(self, buyer, monkeypatch):
        monkeypatch.setattr(waiting, "_places", threading.BoundedSemaphore(0))
        started = time.monotonic()

        assert buyer.api.post("/api/order", body_for(buyer.product, wait_seconds=5)).status_code == 202

        assert time.monotonic() - started < 1


def test_numbers_grow(buyer):
    numbers = [buyer.api.post("/api/order", body_for(buyer.product)).json()["number"] for _ in range(3)]

    assert all(earlier < later for earlier, later in pairwise(numbers))
