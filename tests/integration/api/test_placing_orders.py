"""POST /api/order: what is taken, what a repeat gets, estimates, and waiting for the cards."""

import threading
import time
from decimal import Decimal
from itertools import pairwise

import pytest

from orders.api import waiting
from orders.models import Order
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_nothing_happened, assert_problem, body_for, line
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


class TestPlacingAnOrder:
    def test_answers_202_with_the_order_and_holds_its_price(self, buyer):
        body = body_for(buyer.product, reference="PO 7")

        answer = buyer.api.post("/api/order", body)

        order = answer.json()
        assert answer.status_code == 202
        assert "Idempotent-Replayed" not in answer.headers
        assert (order["status"], order["type"]) == ("created", "api")
        assert (order["sale_total"], order["currency"], order["reference"]) == ("20.00", "USD", "PO 7")
        assert order["request_id"] == body["request_id"]
        assert order["settled_at"] is None
        assert order["error"] is None
        assert isinstance(order["number"], int)
        [item] = order["items"]
        expected = {
            "product_id": buyer.product.pk,
            "brand_code": buyer.product.brand.supplier_id,
            "country": buyer.product.brand.country,
            "picture_url": buyer.product.brand.logo_url or "",
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
        answer = buyer.api.post("/api/order", body_for(buyer.product, items=[line(buyer.product, face_value=10.5)]))

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
        tokens = buyer.api.post("/api/auth/token", {"email": user.email, "password": "correct horse battery"}).json()

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
