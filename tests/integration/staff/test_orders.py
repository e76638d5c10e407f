"""`/api/staff/order`: seen across partners, in few queries, and changed only with a permission and a reason."""

import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Card, Order, OrderItem, Purchase
from partners.models import AuditEntry, Partner
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, body_for, walk
from tests.shop import check_books
from wallets.models import Wallet

WHY = "The partner rang"


def ids_of(answer):
    assert answer.status_code == 200, answer.content
    return [order["id"] for order in answer.json()["results"]]


def delivered(shop, quantity=2, **options):
    placed = shop.order(shop.partner(fund="100"), (shop.products()[0], quantity), **options)
    shop.work()
    return Order.objects.get(pk=placed.order.pk)


def failed(shop, *, partial=False, quantity=3):
    shop.supplier.fault("partial" if partial else "failed", cards=1)
    return delivered(shop, quantity)


class TestListing:
    def test_shows_every_partners_orders_the_newest_first(self, support):
        first, second = factories.OrderFactory(), factories.OrderFactory()

        assert ids_of(support.get("/api/staff/order")) == [str(second.id), str(first.id)]

    def test_takes_as_many_queries_for_many_orders_as_for_one(self, support, django_assert_num_queries):
        for order in factories.OrderFactory.create_batch(6):
            factories.OrderItemFactory.create_batch(2, order=order, delivered=1)

        # user · permissions of the user and of its groups · orders
        with django_assert_num_queries(4):
            answer = support.get("/api/staff/order")

        row = answer.json()["results"][0]
        assert (row["lines"], row["cards"], row["delivered"]) == (2, 4, 2)
        assert row["partner"]["name"]

    @pytest.mark.parametrize(
        "query", ["partner={partner}", "status=failed", "mode=test", "type=staff", "created_before={yesterday}"]
    )
    def test_finds_by(self, support, query):
        partner = factories.PartnerFactory()
        wanted = factories.OrderFactory(
            partner=partner, mode="test", type="staff", status="failed", settled_at=timezone.now()
        )
        Order.objects.filter(pk=wanted.pk).update(created_at=timezone.now() - timedelta(days=3))
        factories.OrderFactory()
        yesterday = (timezone.now() - timedelta(days=1)).isoformat().replace("+", "%2B")

        address = f"/api/staff/order?{query.format(partner=partner.pk, yesterday=yesterday)}"
        assert ids_of(support.get(address)) == [str(wanted.id)]

    @pytest.mark.parametrize(
        "name", ["id", "request_id", "number", "reference", "partner", "supplier_request_id", "supplier_order_id"]
    )
    def test_finds_by_whatever_names_an_order(self, support, name):
        partner = factories.PartnerFactory(name="Blue Harbour Ltd")
        order = factories.OrderFactory(partner=partner, reference="PO 2024-17")
        purchase = factories.PurchaseFactory(supplier_order_id=4711)
        factories.OrderItemFactory(order=order, purchase=purchase)
        factories.OrderItemFactory()
        order.refresh_from_db()
        text = {
            "id": order.id,
            "request_id": order.request_id,
            "number": order.number,
            "reference": "2024-17",
            "partner": "harbour",
            "supplier_request_id": purchase.supplier_request_id,
            "supplier_order_id": 4711,
        }[name]

        assert ids_of(support.get("/api/staff/order", {"search": str(text)})) == [str(order.id)]

    def test_walks_every_order_once(self, support):
        expected = {str(order.id) for order in factories.OrderFactory.create_batch(7)}

        pages = walk(support, "/api/staff/order", 3)

        assert [len(page) for page in pages] == [3, 3, 1]
        assert {order["id"] for page in pages for order in page} == expected

    @pytest.mark.parametrize("query", ["status=lost", "partner=x", "search=%00", "cursor=x", "mode=real"])
    def test_refuses_filters_that_mean_nothing(self, support, query):
        assert_problem(support.get(f"/api/staff/order?{query}"), 400, "invalid_request")


class TestReading:
    def test_shows_everything_behind_an_order_and_no_secret(self, support, shop):
        order = delivered(shop)
        card = Card.objects.first()

        answer = support.get(f"/api/staff/order/{order.pk}")

        body = answer.json()
        purchase = Purchase.objects.get()
        assert body["partner"]["id"] == order.partner_id
        assert body["purchases"][0]["supplier_request_id"] == str(purchase.supplier_request_id)
        assert body["purchases"][0]["supplier_order_id"] == purchase.supplier_order_id
        assert [attempt["conclusion"] for attempt in body["purchases"][0]["attempts"]] == ["sent", "placed"]
        assert body["items"][0]["hold"]["captured"] == "20.00"
        assert [move["kind"] for move in body["moves"]] == ["hold", "capture"]
        assert body["card_count"] == len(body["cards"]) == 2
        assert [event["kind"] for event in body["events"]] == ["order.succeeded"]
        text = json.dumps(body)
        assert card.code not in text
        assert card.serial_number not in text

    def test_takes_as_many_queries_for_many_lines_as_for_one(self, support, shop, django_assert_num_queries):
        one = delivered(shop)
        product, other = shop.products(2)
        many = shop.order(shop.partner(fund="1000"), (product, 2), (other, 3), (product, 1)).order
        shop.work()

        with django_assert_num_queries(15) as queries:
            support.get(f"/api/staff/order/{one.pk}")
        with django_assert_num_queries(len(queries)):
            support.get(f"/api/staff/order/{many.pk}")

    def test_of_an_unknown_order_is_not_found(self, support):
        assert_problem(support.get(f"/api/staff/order/{uuid.uuid4()}"), 404, "not_found")


class TestTheSuppliersView:
    def test_is_live_and_masked(self, support, shop):
        order = delivered(shop)
        revealed = {card["card_code"] for card in _reveal(support, order).json()["results"]}

        answer = support.get(f"/api/staff/order/{order.pk}/supplier")

        [look] = answer.json()["results"]
        assert look["found"]
        assert look["order"]["status"] == "succeeded"
        assert [card["has_code"] for card in look["order"]["items"][0]["cards"]] == [True, True]
        assert not [code for code in revealed if code in answer.content.decode()]

    def test_says_when_the_supplier_shows_nothing(self, support, shop):
        shop.supplier.fault("drop_before_accept")
        placed = shop.order(shop.partner(), (shop.products()[0], 1))
        shop.round()

        [look] = support.get(f"/api/staff/order/{placed.order.pk}/supplier").json()["results"]

        assert (look["found"], look["order"]) == (False, None)

    def test_changes_nothing(self, support, shop):
        placed = shop.order(shop.partner(), (shop.products()[0], 1))
        shop.supplier.fault("accept_then_drop")
        shop.round()

        support.get(f"/api/staff/order/{placed.order.pk}/supplier")

        assert Purchase.objects.get().status == "unknown"

    @pytest.mark.parametrize("fault", ["500", "429", "html", "401"])
    def test_is_unavailable_when_the_supplier_is(self, support, shop, fault):
        order = delivered(shop)
        shop.supplier.fault(fault, endpoint="order")

        problem = assert_problem(support.get(f"/api/staff/order/{order.pk}/supplier"), 503, "unavailable")

        assert problem["supplier_error"]

    def test_is_unavailable_without_credentials(self, support, shop):
        order = delivered(shop)
        Purchase.objects.update(mode="test")

        problem = assert_problem(support.get(f"/api/staff/order/{order.pk}/supplier"), 503, "unavailable")

        assert problem["supplier_error"] == "no_credentials"

    def test_of_an_order_that_waits_is_empty(self, support, shop):
        placed = shop.order(shop.partner(), (shop.products()[0], 1))

        assert support.get(f"/api/staff/order/{placed.order.pk}/supplier").json() == {"results": [], "more": 0}


class TestPlacing:
    def test_holds_the_partners_money_and_records_who_and_why(self, support, buyer):
        body = body_for(buyer.product, partner_id=buyer.partner.pk, reason=WHY)

        answer = support.post("/api/staff/order", body)

        assert answer.status_code == 202, answer.content
        order = Order.objects.get()
        assert (order.type, order.partner_id, order.mode) == ("staff", buyer.partner.pk, "live")
        assert order.created_by.startswith("user:")
        assert Wallet.objects.get(pk=buyer.wallet.pk).held == 20
        entry = AuditEntry.objects.get(action="order.place")
        assert (entry.reason, entry.partner_id, entry.actor) == (WHY, buyer.partner.pk, order.created_by)

    def test_happens_once_per_request(self, support, buyer):
        body = body_for(buyer.product, partner_id=buyer.partner.pk, reason=WHY)
        support.post("/api/staff/order", body)

        again = support.post("/api/staff/order", body)

        assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
        assert AuditEntry.objects.filter(action="order.place").count() == 1

    def test_leaves_nothing_behind_when_it_is_refused(self, support, buyer):
        body = body_for(buyer.product, partner_id=buyer.partner.pk, reason=WHY, expected_total="1")

        assert_problem(support.post("/api/staff/order", body), 422, "price_exceeded")

        assert not Order.objects.exists()
        assert not AuditEntry.objects.filter(action="order.place").exists()

    def test_for_nobody_is_not_found(self, support, buyer):
        body = body_for(buyer.product, partner_id=2**40, reason=WHY)

        assert_problem(support.post("/api/staff/order", body), 404, "not_found")

    def test_for_a_suspended_partner_is_refused(self, support, buyer):
        Partner.objects.filter(pk=buyer.partner.pk).update(suspended_at=timezone.now())
        body = body_for(buyer.product, partner_id=buyer.partner.pk, reason=WHY)

        assert_problem(support.post("/api/staff/order", body), 403, "partner_suspended")

    @pytest.mark.parametrize("without", ["reason", "partner_id", "request_id"])
    def test_names_what_is_missing(self, support, buyer, without):
        body = body_for(buyer.product, partner_id=buyer.partner.pk, reason=WHY)
        del body[without]

        problem = assert_problem(support.post("/api/staff/order", body), 400, "invalid_request")

        assert without in problem["errors"]


class TestCancelling:
    def test_gives_the_money_back_with_a_reason(self, support, shop):
        placed = shop.order(shop.partner(fund="100"), (shop.products()[0], 2))

        answer = support.post(f"/api/staff/order/{placed.order.pk}/cancel", {"reason": WHY})

        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert AuditEntry.objects.get(action="order.cancel").reason == WHY
        check_books()


class TestRetrying:
    def retry(self, client, order, **body):
        body = {"request_id": str(uuid.uuid4()), "reason": WHY, **body}
        return client.post(f"/api/staff/order/{order.pk}/retry", body)

    def test_orders_anew_what_failed(self, support, shop):
        order = failed(shop)

        answer = self.retry(support, order)

        assert answer.status_code == 202, answer.content
        retry = Order.objects.get(retry_of=order)
        assert (retry.type, retry.sale_total) == ("staff", 30)
        shop.work()
        links = support.get(f"/api/staff/order/{order.pk}").json()["retries"]
        assert links == [{"id": str(retry.pk), "number": retry.number, "status": "succeeded"}]
        assert support.get(f"/api/staff/order/{retry.pk}").json()["retry_of"]["id"] == str(order.pk)
        check_books()

    def test_orders_only_the_cards_that_did_not_come(self, support, shop):
        order = failed(shop, partial=True)

        body = self.retry(support, order).json()

        assert [line["quantity"] for line in body["items"]] == [1]

    def test_happens_once_per_request_and_once_in_all(self, support, shop):
        order = failed(shop)
        request_id = str(uuid.uuid4())
        first = self.retry(support, order, request_id=request_id).json()

        again = self.retry(support, order, request_id=request_id)
        assert (again.status_code, again.json()["id"]) == (200, first["id"])
        assert_problem(self.retry(support, order), 409, "state_conflict")

        assert Order.objects.filter(retry_of=order).count() == 1
        assert Wallet.objects.get(pk=order.wallet_id).held == 30

    def test_may_be_made_again_when_it_failed_itself(self, support, shop):
        order = failed(shop)
        self.retry(support, order)
        shop.supplier.fault("failed")
        shop.work()

        assert self.retry(support, order).status_code == 202

    def test_of_what_did_not_fail_is_refused(self, support, shop):
        order = delivered(shop)

        assert_problem(self.retry(support, order), 409, "state_conflict")

    def test_under_the_id_of_another_order_is_refused(self, support, shop):
        order = failed(shop)
        taken = Order.objects.get().request_id

        assert_problem(self.retry(support, order, request_id=str(taken)), 422, "request_id_reused")


def _reveal(client, order, **body):
    return client.post(f"/api/staff/order/{order.pk}/reveal", {"reason": WHY, **body})


class TestRevealing:
    def test_is_recorded_where_the_partner_sees_it(self, support, shop):
        order = delivered(shop)

        answer = _reveal(support, order)

        assert len(answer.json()["results"]) == 2
        assert answer.headers["Cache-Control"] == "no-store"
        entry = AuditEntry.objects.get(action="card.reveal")
        assert (entry.partner_id, entry.reason, entry.address) == (order.partner_id, WHY, "127.0.0.1")
        assert entry.actor.startswith("user:")
        assert len(entry.after["cards"]) == 2

    def test_works_for_a_suspended_partner(self, support, shop):
        order = delivered(shop)
        Partner.objects.filter(pk=order.partner_id).update(suspended_at=timezone.now())

        assert len(_reveal(support, order).json()["results"]) == 2

    def test_needs_a_reason(self, support, shop):
        order = delivered(shop)

        assert_problem(_reveal(support, order, reason=" "), 400, "invalid_request")
        assert not AuditEntry.objects.filter(action="card.reveal").exists()

    def test_needs_a_permission_of_its_own(self, as_staff, shop):
        order = delivered(shop)

        assert_problem(_reveal(as_staff("finance"), order), 403, "permission_denied")


READS = ["/api/staff/order", "/api/staff/order/{order}", "/api/staff/order/{order}/supplier"]
DEEDS = ["/api/staff/order", *(f"/api/staff/order/{{order}}/{deed}" for deed in ("cancel", "retry", "reveal"))]


class TestPermissions:
    @pytest.fixture
    def order(self, db):
        return factories.OrderItemFactory().order

    @pytest.mark.parametrize("address", READS)
    def test_let_an_auditor_read(self, as_staff, order, address):
        assert as_staff("auditor").get(address.format(order=order.pk)).status_code == 200

    @pytest.mark.parametrize("address", DEEDS)
    @pytest.mark.parametrize("role", ["auditor", "catalog"])
    def test_let_nobody_else_do_anything(self, as_staff, order, role, address):
        answer = as_staff(role).post(address.format(order=order.pk), {"reason": WHY})

        assert_problem(answer, 403, "permission_denied")
        assert OrderItem.objects.get().status == "waiting"

    @pytest.mark.parametrize("address", READS)
    def test_keep_partners_out(self, buyer, order, address):
        assert buyer.api.get(address.format(order=order.pk)).status_code in {401, 403}
        owner = factories.UserFactory(partner=buyer.partner)
        token = client_of().post("/api/auth/token", {"email": owner.email, "password": "correct horse battery"})
        as_owner = client_of(token=token.json()["access"])
        assert_problem(as_owner.get(address.format(order=order.pk)), 403, "permission_denied")
