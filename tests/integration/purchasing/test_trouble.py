"""One row that cannot be handled keeps nobody else waiting."""

import base64
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from structlog.testing import capture_logs

from orders.models import Card, Order, OrderItem
from orders.services import settlement
from orders.states import OrderStatus, PurchaseStatus
from tests.shop import purchase_of
from wallets.models import Hold


class TestAnOrderThatCannotBeSettled:
    def test_is_reported_and_the_others_are_settled(self, shop, monkeypatch):
        product = shop.products()[0]
        broken, sound = (shop.order(shop.partner(), (product, 1)) for _ in range(2))
        with monkeypatch.context() as nobody_settles:
            nobody_settles.setattr(settlement, "settle_orders", lambda _order_ids: None)
            shop.work(minutes=0)
        # Less than the line costs, so that its capture would release a negative amount.
        Hold.objects.filter(reference=broken.items[0].hold_reference).update(amount=1)

        with capture_logs() as logs:
            settlement.settle_decided()

        assert [entry["order_id"] for entry in logs if entry["event"] == "order_not_settled"] == [str(broken.order.pk)]
        assert Order.objects.get(pk=sound.order.pk).status == OrderStatus.SUCCEEDED

    def test_keeps_nobody_waiting_however_many_of_its_kind_there_are(self, shop, monkeypatch):
        monkeypatch.setattr(settlement, "_BATCH", 1)
        product = shop.products()[0]
        broken, sound = (shop.order(shop.partner(), (product, 1)) for _ in range(2))
        with monkeypatch.context() as nobody_settles:
            nobody_settles.setattr(settlement, "settle_orders", lambda _order_ids: None)
            shop.work(minutes=0)
        Hold.objects.filter(reference=broken.items[0].hold_reference).update(amount=1)
        line = OrderItem.objects.filter(order=broken.order.pk)
        line.update(decided_at=line.get().decided_at - timedelta(seconds=1))

        settlement.settle_decided()

        assert Order.objects.get(pk=sound.order.pk).status == OrderStatus.SUCCEEDED


class TestAnAnswerThatCannotBeStored:
    def test_is_read_again_and_changes_nothing(self, shop, monkeypatch):
        shop.supplier.set(issue_after_ms=30_000)
        placed = shop.order(shop.partner(), (shop.products()[0], 1))
        shop.round()
        purchase = purchase_of(placed)
        view = shop.supplier.client.order(request_id=purchase.supplier_request_id)
        unfit = replace(view, order_id=2**64, total=Decimal(10) ** 18)
        monkeypatch.setattr(shop.supplier.client, "order", lambda **_asked: unfit)
        shop.pass_time(10)

        assert shop.read() == 1

        purchase.refresh_from_db()
        assert (purchase.supplier_order_id, purchase.total) == (view.order_id, None)
        assert purchase.status == PurchaseStatus.PLACED
        assert purchase.next_check_at is not None

    def test_for_a_reason_that_nobody_foresaw_keeps_no_other_purchase_waiting(self, shop, settings):
        shop.supplier.set(issue_after_ms=30_000, drip=True)
        products = shop.products(2)
        broken = shop.order(shop.partner(), (products[0], 2))
        shop.round()
        shop.pass_time(20)
        shop.read()
        assert Card.objects.filter(item__isnull=True).count() == 1
        # The key of the card that came is gone before the next one comes.
        settings.CARD_KEYS = f"other:{base64.b64encode(bytes(32)).decode()}"
        sound = shop.order(shop.partner(), (products[1], 1))
        shop.round()
        shop.pass_time(60)

        with capture_logs() as logs:
            assert shop.read() == 2

        assert [entry["purchase"] for entry in logs if entry["event"] == "order_not_stored"] == [
            str(purchase_of(broken).pk)
        ]
        assert Order.objects.get(pk=sound.order.pk).status == OrderStatus.SUCCEEDED
        assert purchase_of(broken).next_check_at is not None

    def test_for_an_hour_is_a_matter_for_a_person(self, shop):
        shop.supplier.set(issue_after_ms=7_200_000)
        placed = shop.order(shop.partner(), (shop.products()[0], 1))
        shop.round()
        shop.supplier.fault("garbage", endpoint="order", times=1000)
        shop.pass_time(3700)

        shop.read()

        assert purchase_of(placed).review_reason == "placed, but not to be read for an hour"
