"""Orders listed, read, cancelled, and their cards revealed: only to their partner, and every reveal recorded."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order, OrderItem
from partners.models import AuditEntry
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, body_for, walk
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def make_orders(buyer, count, **fields):
    return [factories.OrderFactory(partner=buyer.partner, wallet=buyer.wallet, **fields) for _ in range(count)]


def settled_line(order):
    return factories.OrderItemFactory(
        order=order,
        delivered=2,
        captured_amount=20,
        status="delivered",
        settled_at=timezone.now(),
    )


def ids_of(answer):
    return [order["id"] for order in answer.json()["results"]]


class TestListing:
    def test_takes_three_queries_however_many_orders(self, buyer, django_assert_num_queries):
        for order in make_orders(buyer, 5):
            factories.OrderItemFactory.create_batch(2, order=order)

        with django_assert_num_queries(3):
            answer = buyer.api.get("/api/order")

        assert [len(order["items"]) for order in answer.json()["results"]] == [2] * 5

    def test_shows_the_newest_first_and_no_other_partners(self, buyer):
        first, second = make_orders(buyer, 2)
        factories.OrderFactory()

        assert ids_of(buyer.api.get("/api/order")) == [str(second.id), str(first.id)]

    def test_shows_a_test_key_only_test_orders(self, buyer):
        make_orders(buyer, 1)
        tried = factories.OrderFactory(partner=buyer.partner, mode="test")
        tester = client_of(factories.make_key(partner=buyer.partner, mode="test"))

        assert ids_of(tester.get("/api/order")) == [str(tried.id)]

    def test_walks_every_order_once_even_when_all_are_of_one_moment(self, buyer):
        expected = {str(order.id) for order in make_orders(buyer, 23)}
        Order.objects.update(created_at=timezone.now())

        pages = walk(buyer.api, "/api/order", 5)

        seen = [order["id"] for page in pages for order in page]
        assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
        assert (len(seen), set(seen)) == (23, expected)

    def test_finds_by_status(self, buyer):
        make_orders(buyer, 1)
        [failed] = make_orders(buyer, 1, status="failed", settled_at=timezone.now())

        assert ids_of(buyer.api.get("/api/order?status=failed")) == [str(failed.id)]

    def test_finds_by_time(self, buyer):
        old, new = make_orders(buyer, 2)
        Order.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
        yesterday = {"created_after": (timezone.now() - timedelta(days=1)).isoformat()}

        assert ids_of(buyer.api.get("/api/order", yesterday)) == [str(new.id)]
        before = {"created_before": yesterday["created_after"]}
        assert ids_of(buyer.api.get("/api/order", before)) == [str(old.id)]

    @pytest.mark.parametrize("name", ["id", "request_id", "number", "reference"])
    def test_finds_by_what_names_an_order(self, buyer, name):
        make_orders(buyer, 2)
        [order] = make_orders(buyer, 1, reference="PO 2024-17")
        order.refresh_from_db()

        assert ids_of(buyer.api.get("/api/order", {"search": str(getattr(order, name))})) == [str(order.id)]

    @pytest.mark.parametrize(
        "query",
        [
            "status=lost",
            "created_after=yesterday",
            "search=%00",
            "cursor=x",
            "cursor=cD14eXo%3D",
            "search=" + "x" * 101,
        ],
    )
    def test_refuses_filters_that_mean_nothing(self, buyer, query):
        make_orders(buyer, 1)

        assert_problem(buyer.api.get(f"/api/order?{query}"), 400, "invalid_request")

    def test_finds_nothing_by_a_number_beyond_all_numbers(self, buyer):
        assert ids_of(buyer.api.get(f"/api/order?search={10**30}")) == []

    def test_gives_200_orders_a_page_at_most(self, buyer):
        Order.objects.bulk_create(
            factories.OrderFactory.build(partner=buyer.partner, wallet=buyer.wallet, number=10**9 + number)
            for number in range(201)
        )

        assert len(ids_of(buyer.api.get("/api/order?page_size=100000"))) == 200


class TestReading:
    def test_takes_three_queries(self, buyer, django_assert_num_queries):
        [order] = make_orders(buyer, 1)
        factories.OrderItemFactory.create_batch(3, order=order)

        with django_assert_num_queries(3):
            assert buyer.api.get(f"/api/order/{order.id}").status_code == 200

    @pytest.mark.parametrize("tail", ["", "/cards"])
    def test_another_partners_order_is_not_found(self, buyer, tail):
        foreign = factories.OrderFactory()

        assert_problem(buyer.api.get(f"/api/order/{foreign.id}{tail}"), 404, "not_found")

    def test_an_unknown_order_is_not_found(self, buyer):
        assert_problem(buyer.api.get(f"/api/order/{uuid.uuid4()}"), 404, "not_found")


class TestCancelling:
    def test_gives_the_money_back(self, buyer):
        placed = buyer.api.post("/api/order", body_for(buyer.product)).json()

        answer = buyer.api.post(f"/api/order/{placed['id']}/cancel", {"reason": "Ordered twice"})

        assert answer.status_code == 200
        assert answer.json()["status"] == "cancelled"
        assert answer.json()["items"][0]["released_amount"] == "20.00"
        assert Wallet.objects.get(pk=buyer.wallet.pk).available == 1000

    def test_happens_once(self, buyer):
        placed = buyer.api.post("/api/order", body_for(buyer.product)).json()
        buyer.api.post(f"/api/order/{placed['id']}/cancel")

        again = buyer.api.post(f"/api/order/{placed['id']}/cancel")

        assert_problem(again, 409, "not_cancellable")

    def test_leaves_another_partners_order_alone(self, buyer):
        foreign = factories.OrderItemFactory().order

        assert_problem(buyer.api.post(f"/api/order/{foreign.id}/cancel"), 404, "not_found")
        assert OrderItem.objects.get(order=foreign).status == "waiting"


class TestRevealing:
    def test_shows_the_cards_of_settled_lines_and_records_who_read_them(self, buyer, django_assert_num_queries):
        [order] = make_orders(buyer, 1)
        line = settled_line(order)
        card = factories.make_card(line, code="0042-ABCD", pin="0007")
        factories.make_card(line, code="0042-ABCD", number=2, is_duplicate=True)
        factories.make_card(factories.OrderItemFactory(order=order), code="NOT-YET", number=3)

        # key · order · lines · cards · audit entry (with the savepoint of a test)
        with django_assert_num_queries(7):
            answer = buyer.api.get(f"/api/order/{order.id}/cards")

        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json()["results"] == [
            {
                "id": str(card.id),
                "item_id": str(line.id),
                "serial_number": "SERIAL-000001",
                "card_code": "0042-ABCD",
                "pin": "0007",
                "expires_at": None,
            }
        ]
        entry = AuditEntry.objects.get(action="card.reveal")
        assert (entry.subject, entry.partner_id) == (f"order:{order.id}", buyer.partner.pk)
        assert entry.actor.startswith("key:")
        assert entry.after == {"cards": [str(card.id)]}
        assert entry.address == "127.0.0.1"
        assert entry.reference_id == answer.headers["X-Reference-Id"]

    def test_shows_nothing_and_records_nothing_before_a_line_is_settled(self, buyer):
        [order] = make_orders(buyer, 1)
        factories.make_card(factories.OrderItemFactory(order=order), code="NOT-YET")

        answer = buyer.api.get(f"/api/order/{order.id}/cards")

        assert (answer.status_code, answer.json()) == (200, {"results": []})
        assert not AuditEntry.objects.exists()

    def test_is_refused_to_a_suspended_partner(self, buyer):
        [order] = make_orders(buyer, 1)
        buyer.partner.suspended_at = timezone.now()
        buyer.partner.save()

        assert_problem(buyer.api.get(f"/api/order/{order.id}/cards"), 403, "partner_suspended")

    def test_is_refused_to_a_user_who_only_views(self, buyer):
        [order] = make_orders(buyer, 1)
        user = factories.UserFactory(partner=buyer.partner, role="viewer")
        token = (
            client_of()
            .post("/api/auth/token", {"email": user.email, "password": "correct horse battery"})
            .json()["access"]
        )
        viewer = client_of(token=token)

        assert viewer.get(f"/api/order/{order.id}").status_code == 200
        assert_problem(viewer.get(f"/api/order/{order.id}/cards"), 403, "permission_denied")

    def test_of_a_card_that_was_moved_to_another_row_shows_nothing(self, buyer):
        [order] = make_orders(buyer, 1)
        line = settled_line(order)
        stolen = factories.make_card(line, code="ONE")
        copied = factories.make_card(line, code="TWO", number=2)
        copied.code = stolen.code
        copied.save()

        assert_problem(buyer.api.get(f"/api/order/{order.id}/cards"), 500, "internal_error")
        assert not AuditEntry.objects.exists()
