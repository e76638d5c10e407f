"""The partner's pages: who sees them, what they do, and that they cost the same for one row and for many."""

import uuid

import pytest
from django.test import Client
from django_subatomic.db import transaction

from orders.models import Order
from partners import services as partners
from partners.models import AuditEntry, User
from tests.shop import Shop, Supplier

PAGES = ["/", "/catalog", "/cart", "/orders"]


@pytest.fixture
def shop(db, settings):
    settings.BAMBOO_LIMITS = {}
    return Shop(Supplier()).open()


def log_in(partner_id, role="owner"):
    with transaction():
        new = partners.create_user(
            email=f"{uuid.uuid4().hex[:8]}@example.com", role=role, partner_id=partner_id, actor="system:test"
        )
    client = Client()
    client.force_login(User.objects.get(pk=new.id))
    return client


def order_form(page):
    text = page.content.decode()
    fields = {}
    for name in ("request_id", "currency", "expected_total"):
        fields[name] = text.split(f'<input type="hidden" name="{name}" value="')[1].split('"')[0]
    return fields


class TestEachPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_asks_strangers_to_log_in(self, db, path):
        response = Client().get(path)
        assert response.status_code == 302
        assert response.url.startswith("/login")

    @pytest.mark.parametrize("path", PAGES)
    def test_shows_itself_to_a_partner_with_a_strict_policy(self, shop, path):
        response = log_in(shop.partner()).get(path)
        assert response.status_code == 200
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        assert b"<style" not in response.content
        assert b" style=" not in response.content

    def test_sends_staff_to_their_own(self, db):
        staff = User.objects.create_user("staff@example.com", "x", is_staff=True)
        client = Client()
        client.force_login(staff)
        assert client.get("/").url == "/admin/"

    @pytest.mark.parametrize("path", ["/", "/orders", "/catalog"])
    def test_costs_as_many_queries_for_many_orders_as_for_one(self, shop, path, django_assert_num_queries):
        partner = shop.partner()
        client = log_in(partner)
        product = shop.products()[0]
        shop.order(partner, (product, 1))
        client.get(path)
        with django_assert_num_queries(_queries(client, path)):
            client.get(path)
        expected = _queries(client, path)
        for _ in range(5):
            shop.order(partner, (product, 1))
        with django_assert_num_queries(expected):
            client.get(path)


def _queries(client, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(path)
    return len(captured)


class TestLoggingIn:
    def test_leads_to_the_overview(self, shop):
        partner = shop.partner()
        with transaction():
            partners.create_user(
                email="owner@shop.example", role="owner", partner_id=partner, password="long-enough-pass-9", actor="x"
            )
        client = Client()
        response = client.post("/login", {"username": "Owner@shop.example", "password": "long-enough-pass-9"})
        assert response.url == "/"

    def test_with_a_wrong_password_says_so_and_nothing_more(self, shop):
        response = Client().post("/login", {"username": "nobody@example.com", "password": "x"})
        assert response.status_code == 200
        assert b"do not belong together" in response.content


class TestOrderingFromTheCart:
    @pytest.fixture
    def partner(self, shop):
        return shop.partner(fund="100")

    @pytest.fixture
    def client(self, shop, partner):
        client = log_in(partner)
        product = shop.products()[0]
        client.post("/cart/add", {"product": product.pk, "face_value": product.min_face_value, "quantity": 2})
        return client

    def test_orders_once_however_often_the_form_is_sent(self, shop, client):
        fields = order_form(client.get("/cart"))
        first = client.post("/cart/order", fields)
        second = client.post("/cart/order", fields)

        assert first.url == second.url == f"/orders/{Order.objects.get().pk}"
        assert Order.objects.get().type == "dashboard"

    def test_shows_its_cards_on_request_only_and_records_it(self, shop, client):
        url = client.post("/cart/order", order_form(client.get("/cart"))).url
        shop.work()
        assert b"<code>" not in client.get(url).content

        shown = client.post(f"{url}/cards")

        assert shown.content.count(b"<td><code>") >= 4
        assert "no-store" in shown.headers["Cache-Control"]
        assert AuditEntry.objects.get(action="card.reveal").actor.startswith("user:")

    def test_is_refused_in_words_when_the_wallet_does_not_cover_it(self, shop, client):
        product = shop.products()[0]
        client.post("/cart/add", {"product": product.pk, "face_value": "10", "quantity": 50})
        page = client.get("/cart")
        assert b"does not cover" in page.content
        answer = client.post("/cart/order", order_form(page), follow=True)
        assert b"The wallet does not cover the order" in answer.content
        assert not Order.objects.exists()

    def test_names_the_line_that_cannot_be_had(self, shop, client):
        product = shop.products()[0]
        client.post("/cart/add", {"product": product.pk, "face_value": "11", "quantity": 1})
        assert b'class="refused"' in client.get("/cart").content

    def test_survives_wrong_input(self, client):
        for body in (
            {},
            {"product": "x"},
            {"product": "1", "face_value": "NaN"},
            {"product": "1", "face_value": "1e9999"},
        ):
            assert client.post("/cart/add", body).status_code == 302
        assert client.post("/cart/change", {"line": "99", "quantity": "1"}).status_code == 302
        assert client.get("/cart").status_code == 200


class TestRolesAndOtherPartners:
    def test_a_viewer_neither_orders_nor_sees_cards(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1))
        shop.work()
        viewer = log_in(partner, role="viewer")

        assert viewer.get(f"/orders/{placed.order.pk}").status_code == 200
        assert viewer.post(f"/orders/{placed.order.pk}/cards").status_code == 403
        assert viewer.post("/cart/add", {"product": 1}).status_code == 403
        assert viewer.post(f"/orders/{placed.order.pk}/cancel").status_code == 403

    def test_another_partners_rows_are_not_found(self, shop):
        owner, other = shop.partner(), log_in(shop.partner())
        placed = shop.order(owner, (shop.products()[0], 1))
        wallet = placed.order.wallet_id

        assert other.get(f"/orders/{placed.order.pk}").status_code == 404
        assert other.post(f"/orders/{placed.order.pk}/cards").status_code == 404
        assert other.post(f"/orders/{placed.order.pk}/cancel").status_code == 404
        assert other.get(f"/wallet/{wallet}").status_code == 404
        assert str(placed.order.number).encode() not in other.get("/orders").content

    def test_orders_are_downloaded_as_csv(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1), reference="=1+1")
        text = log_in(partner).get("/orders?format=csv").content.decode()
        assert str(placed.order.pk) in text
        assert "'=1+1" in text
