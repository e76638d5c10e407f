"""Live and test on the pages: two worlds that look alike, are told apart at a glance, and never pay for each other."""

from decimal import Decimal

import pytest

from bamboo import accounts
from orders.models import Order
from steller.portal import services as portal
from tests.integration.portal.people import add_to_cart, log_in, order_form
from tests.shop import check_books
from wallets.models import Wallet

MARK = "paid with play money"


@pytest.fixture
def partner(shop):
    accounts.refresh(shop.supplier.client, mode="test")
    return shop.partner(fund="100")


@pytest.fixture
def client(partner):
    return log_in(partner)


def text(client, path):
    return client.get(path).content.decode()


def order_the_cart(client, shop):
    add_to_cart(client, shop.products()[0])
    client.post("/cart/order", order_form(client))
    return Order.objects.order_by("number").last()


class TestTheSwitch:
    def test_shows_orders_and_wallets_of_one_mode_alone(self, shop, partner, client):
        live = shop.order(partner, (shop.products()[0], 1)).order
        portal.fill_test_wallets(partner_id=partner, actor="user:1")
        assert MARK not in text(client, "/orders")

        client.post("/mode", {"mode": "test"})
        test = order_the_cart(client, shop)

        assert (test.mode, test.wallet.mode) == ("test", "test")
        shown = text(client, "/orders")
        assert MARK in shown
        assert f"#{test.number}" in shown
        assert f"#{live.number}" not in shown
        client.post("/mode", {"mode": "live"})
        shown = text(client, "/orders")
        assert MARK not in shown
        assert f"#{live.number}" in shown
        assert f"#{test.number}" not in shown

    def test_leads_back_to_the_list_that_was_seen(self, client):
        assert client.post("/mode", {"mode": "test", "next": "/webhooks"}).url == "/webhooks"
        assert client.post("/mode", {"mode": "test", "next": "https://elsewhere.example/"}).url == "/"

    def test_knows_two_modes(self, client):
        client.post("/mode", {"mode": "free"})
        assert MARK not in text(client, "/")

    def test_ends_with_the_log_out(self, client, partner):
        client.post("/mode", {"mode": "test"})
        client.post("/logout")
        assert MARK not in text(log_in(partner), "/")

    def test_is_told_on_the_account_page_too(self, client):
        client.post("/mode", {"mode": "test"})
        assert MARK in text(client, "/account")


class TestAnOrderOfTestMode:
    @pytest.fixture
    def order(self, shop, partner, client):
        portal.fill_test_wallets(partner_id=partner, actor="user:1")
        client.post("/mode", {"mode": "test"})
        order = order_the_cart(client, shop)
        client.post("/mode", {"mode": "live"})
        return order

    def test_opens_by_its_link_whatever_is_looked_at_and_bears_its_mark(self, client, order):
        assert MARK in text(client, f"/orders/{order.pk}")

    def test_is_cancelled_from_there(self, client, order):
        client.post(f"/orders/{order.pk}/cancel")
        order.refresh_from_db()
        assert order.status == "cancelled"

    def test_is_none_of_another_partner(self, shop, order):
        assert log_in(shop.partner()).get(f"/orders/{order.pk}").status_code == 404


class TestACheckOut:
    def test_pays_nothing_when_another_tab_has_switched_since(self, shop, partner, client):
        portal.fill_test_wallets(partner_id=partner, actor="user:1")
        client.post("/mode", {"mode": "test"})
        add_to_cart(client, shop.products()[0])
        form = order_form(client)
        assert form["mode"] == "test"
        client.post("/mode", {"mode": "live"})

        answer = client.post("/cart/order", form, follow=True)

        assert b"switched between live and test" in answer.content
        assert not Order.objects.exists()


class TestPlayMoney:
    def test_fills_test_wallets_and_touches_no_live_one(self, partner, client):
        client.post("/mode", {"mode": "test"})
        assert "No test wallet yet" in text(client, "/wallet")

        assert client.post("/mode/play-money").url == "/wallet"

        assert Wallet.objects.get(partner=partner, mode="test").available == portal.PLAY_MONEY
        assert Wallet.objects.get(partner=partner, mode="live").available == Decimal(100)
        check_books()

    def test_fills_up_what_was_spent(self, shop, partner, client):
        client.post("/mode", {"mode": "test"})
        client.post("/mode/play-money")
        order_the_cart(client, shop)

        client.post("/mode/play-money")
        client.post("/mode/play-money")

        assert Wallet.objects.get(partner=partner, mode="test").available == portal.PLAY_MONEY
        check_books()

    def test_is_what_a_test_wallets_page_offers_in_place_of_a_payment(self, partner, client):
        client.post("/mode", {"mode": "test"})
        client.post("/mode/play-money")
        wallet = Wallet.objects.get(partner=partner, mode="test")
        shown = text(client, f"/wallet/{wallet.pk}")
        assert "Fill with play money" in shown
        assert "I have paid" not in shown
