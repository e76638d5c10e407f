"""A test key from end to end: the same code path as a live one, play money, the sandbox supplier's test account."""

from decimal import Decimal

import pytest

from bamboo import accounts
from catalog import services as catalog
from orders.models import Order, Purchase
from orders.services import checking, purchasing, settlement
from steller.portal import services as portal
from tests.conftest import client_of
from tests.integration.api.asking import body_for
from tests.shop import Shop, Supplier, check_books
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


class TestATestKey:
    def test_buys_from_the_sandbox_with_play_money_and_touches_nothing_live(self):
        supplier = Supplier()
        shop = Shop(supplier).open()
        accounts.refresh(supplier.client, mode="test")
        partner_id = shop.partner(fund="50")
        raw = portal.make_key(partner_id=partner_id, actor="user:1", mode=portal.Mode.TEST).raw
        api = client_of(raw)
        [product] = shop.products()

        placed = api.post("/api/order", body_for(product, items=[_line(product)])).json()
        assert purchasing.run_round(client=supplier.client, mode="test")
        shop.pass_time(5)
        _read(supplier)
        settlement.settle_decided()

        order = api.get(f"/api/order/{placed['id']}").json()
        assert (order["status"], order["mode"]) == ("succeeded", "test")
        assert len(api.get(f"/api/order/{placed['id']}/cards").json()["results"]) == 1
        assert set(Purchase.objects.values_list("mode", flat=True)) == {"test"}
        assert Wallet.objects.get(mode="live").available == Decimal(50)
        assert Wallet.objects.get(mode="test").available == Decimal(10_000) - Order.objects.get().sale_total
        check_books()

    def test_opened_by_command_has_play_money(self):
        catalog.sync_catalog(Supplier().client, mode="live")

        opened = portal.open_partner(
            name="Try", email="try@example.test", currency="USD", actor="x", mode=portal.Mode.TEST, with_key=True
        )

        assert opened.key.raw.startswith("stl_test_")
        assert Wallet.objects.get(pk=opened.wallet_id).available == Decimal(10_000)


def _line(product):
    return {"product_id": product.pk, "face_value": str(product.min_face_value), "quantity": 1}


def _read(supplier):
    import time

    return checking.read_due(client=supplier.client, mode="test", until=time.monotonic() + 60)
