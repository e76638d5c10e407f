"""What all pages of partners have in common: who sees them, and that they cost the same for one row and for many."""

import pytest
from django.test import Client
from django_subatomic.db import transaction

from orders.services import bulk
from partners import services as partners
from partners.models import Partner, User
from tests import factories
from tests.integration.portal.people import add_to_cart, log_in, queries_of

PAGES = [
    *("/", "/catalog", "/cart", "/orders", "/bulk", "/wallet", "/reveals", "/webhooks", "/developers"),
    *("/keys", "/team", "/notifications", "/events", "/account"),
]


class TestEachPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_asks_strangers_to_log_in(self, db, path):
        response = Client().get(path)
        assert response.status_code == 302
        assert response.url.startswith("/login")

    def test_tells_htmx_to_leave_for_the_log_in(self, db):
        answer = Client().get(
            "/orders", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/orders?status=failed"}
        )
        assert answer.headers["HX-Redirect"] == "/login?next=/orders"
        assert answer.content == b""

    @pytest.mark.parametrize("path", [*PAGES, "/account/password", "/account/second-factor"])
    def test_is_not_kept_by_browsers(self, shop, path):
        # A part that htmx fetched from a page's own address would come back in place of the page.
        assert "no-store" in log_in(shop.partner()).get(path).headers["Cache-Control"]

    def test_says_in_words_when_a_form_was_open_for_too_long(self, db):
        answer = Client(enforce_csrf_checks=True).post("/login", {"username": "x", "password": "y"})
        assert answer.status_code == 403
        assert b"open for too long" in answer.content

    @pytest.mark.parametrize("path", PAGES)
    def test_shows_itself_to_a_partner_with_a_strict_policy(self, shop, path):
        response = log_in(shop.partner()).get(path)
        assert response.status_code == 200
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        assert b"<style" not in response.content
        assert b" style=" not in response.content
        assert b"<script>" not in response.content

    @pytest.mark.parametrize("path", PAGES)
    def test_bears_a_partner_without_a_wallet_or_an_order(self, db, path):
        with transaction():
            partner = partners.create_partner(name="New", email="new@example.com", actor="system:test")
        assert log_in(partner).get(path).status_code == 200

    @pytest.mark.parametrize(
        ("path", "above"),
        [
            *[
                ("/cart/order", "/cart"),
                ("/keys/new", "/keys"),
                ("/team/7/role", "/team/7"),
                ("/mode/play-money", "/mode"),
            ],
            *[("/mode", "/"), ("/logout", "/"), ("/staff/wallets/2/top-up", "/staff/wallets/2")],
            *[("/staff/review/lines/00000000-0000-0000-0000-000000000001/fail", "/staff/review/lines")],
        ],
    )
    def test_is_what_an_address_for_forms_leads_to(self, db, path, above):
        # So the way back from the log-in after a session ended ends on a page.
        assert Client().get(path).url == above

    def test_sends_staff_to_their_own(self, db):
        staff = User.objects.create_user("staff@example.com", "x", is_staff=True)
        client = Client()
        client.force_login(staff)
        assert client.get("/").url == "/staff/"


class TestQueries:
    """Each page, with one row of everything and with many."""

    PATHS = [
        *PAGES,
        "/cart/checkout",
        "/catalog/prices.csv",
        "/orders?format=csv",
        "/orders/{order}",
        "/wallet/{wallet}",
        "/bulk/{bulk}",
        "/bulk/{bulk}?show=errors",
        "/bulk/{bulk}/result.csv",
    ]

    @pytest.fixture
    def small(self, shop):
        return self.fill(shop, rows=1)

    @pytest.fixture
    def large(self, shop):
        return self.fill(shop, rows=5)

    def fill(self, shop, *, rows):
        partner = shop.partner()
        client = log_in(partner)
        products = shop.products(rows)
        order = None
        for product in products:
            order = shop.order(partner, *[(each, 2) for each in products]).order
            add_to_cart(client, product)
        shop.work()
        for _ in range(rows):
            client.post(f"/orders/{order.pk}/cards")
            factories.UserFactory(partner=Partner.objects.get(pk=partner), role="viewer")
            factories.make_key(partner=Partner.objects.get(pk=partner), scopes=["order.read"])
        partners.number_events()
        lines = [f"{product.pk},,1" for product in products] + ["nonsense,1,1"] * rows
        draft = bulk.upload(
            partner_id=partner, mode="live", currency="USD", file_name="x.csv", actor="user:1",
            text="\n".join(["product_id,face_value,quantity", *lines]),
        )  # fmt: skip
        bulk.confirm(partner_id=partner, mode="live", bulk_id=draft.pk, actor="user:1")
        bulk.place_due(seconds=10)
        return client, {"order": order.pk, "wallet": order.wallet_id, "bulk": draft.pk}

    def test_are_as_many_for_many_rows_as_for_one(self, small, large):
        counts = {}
        for path in self.PATHS:
            (one, ids), (many, other_ids) = small, large
            queries_of(one, path.format(**ids))
            counts[path] = queries_of(one, path.format(**ids)), queries_of(many, path.format(**other_ids))

        assert {path: pair for path, pair in counts.items() if pair[0] != pair[1]} == {}
        assert max(few for few, _ in counts.values()) < 25


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


class TestTheOverview:
    def test_shows_a_newcomer_the_first_steps_its_role_can_take(self, shop):
        partner = shop.partner()
        shown = log_in(partner).get("/").content.decode()
        assert all(step in shown for step in ("Top up your wallet", "Connect your software", "Bring your colleagues"))
        shown = log_in(partner, "viewer").get("/").content.decode()
        assert "Find your cards" in shown
        assert not any(
            step in shown for step in ("Top up your wallet", "Connect your software", "Bring your colleagues")
        )

    def test_shows_the_first_steps_until_there_is_an_order(self, shop):
        partner = shop.partner()
        shop.order(partner, (shop.products()[0], 1))
        assert "First steps" not in log_in(partner).get("/").content.decode()

    def test_warns_of_a_wallet_that_runs_low_with_the_days_left(self, shop):
        partner = shop.partner(fund="60")
        shop.order(partner, (shop.products()[0], 5))
        shop.work()
        shown = log_in(partner).get("/").content.decode()
        assert "more day" in shown
        assert "Top up this wallet" in shown
        shown = log_in(partner, "viewer").get("/").content.decode()
        assert "Ask somebody who may top it up." in shown
