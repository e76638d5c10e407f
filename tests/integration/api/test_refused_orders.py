"""POST /api/order: every refusal is a problem with its code, and leaves nothing behind."""

import json

import pytest
from django.utils import timezone

from partners.models import ApiKey
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_nothing_happened, assert_problem, body_for, line

pytestmark = pytest.mark.django_db


class TestRefusedLines:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"product_id": 999_999_999_999_999_999_999}, "product_unknown"),
            ({"product_id": 0}, "product_unknown"),
            ({"face_value": "4.99"}, "face_value_out_of_range"),
            ({"face_value": "0"}, "face_value_out_of_range"),
            ({"face_value": "0.00"}, "face_value_out_of_range"),
            ({"face_value": "-5"}, "face_value_out_of_range"),
            ({"face_value": -10}, "face_value_out_of_range"),
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
        answer = buyer.api.post("/api/order", body_for(buyer.product, items=[line(buyer.product, quantity=1)] * 101))

        assert_problem(answer, 422, "order_too_large")
        assert_nothing_happened(buyer)

    def test_too_many_cards(self, buyer):
        answer = buyer.api.post("/api/order", body_for(buyer.product, items=[line(buyer.product, quantity=500)] * 11))

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

    def test_a_wallet_in_another_currency(self, buyer):
        euros = factories.make_wallet(buyer.partner, currency="EUR")

        answer = buyer.api.post("/api/order", body_for(buyer.product, wallet_id=euros.pk))

        assert_problem(answer, 422, "currency_mismatch")
        assert_nothing_happened(buyer)

    def test_more_than_the_wallet_has(self, buyer):
        answer = buyer.api.post("/api/order", body_for(buyer.product, items=[line(buyer.product, quantity=101)]))

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

    @pytest.mark.parametrize(
        "face_value", ["--5", "1.00001", "1e2", "Infinity", "NaN", "", " 5", "\u0665", True, None, [5]]
    )
    def test_a_face_value_that_is_no_amount(self, buyer, face_value):
        answer = buyer.api.post(
            "/api/order", body_for(buyer.product, items=[line(buyer.product, face_value=face_value)])
        )

        assert list(assert_problem(answer, 400, "invalid_request")["errors"]) == ["items.0.face_value"]
        assert_nothing_happened(buyer)

    @pytest.mark.parametrize("quantity", ["2", 1.5, True, None, [1]])
    def test_a_quantity_that_is_no_integer(self, buyer, quantity):
        answer = buyer.api.post("/api/order", body_for(buyer.product, items=[line(buyer.product, quantity=quantity)]))

        assert list(assert_problem(answer, 400, "invalid_request")["errors"]) == ["items.0.quantity"]

    def test_name_the_first_line_at_fault(self, buyer):
        items = [line(buyer.product), line(buyer.product, face_value="ten"), line(buyer.product, quantity="x")]

        answer = buyer.api.post("/api/order", body_for(buyer.product, items=items))

        assert assert_problem(answer, 400, "invalid_request")["item"] == 1

    def test_name_no_line_when_none_is_at_fault(self, buyer):
        answer = buyer.api.post("/api/order", body_for(buyer.product, currency="usd"))

        assert "item" not in assert_problem(answer, 400, "invalid_request")

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
        [
            b"{",
            b"",
            b"[]",
            b"null",
            b'"x"',
            b"\xff",
            b'{"request_id": NaN}',
            b"[" * 100_000,
            b"1" * 10_000,
            "{}".encode("utf-16"),
        ],
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
        reader = client_of(factories.make_key(partner=buyer.partner, scopes=["order.read"]))

        assert_problem(reader.post("/api/order", body_for(buyer.product)), 403, "permission_denied")
        assert reader.get("/api/order").status_code == 200
