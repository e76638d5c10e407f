"""Cancelling against claiming, readers against readers, rounds against rounds."""

import threading
import time

import pytest
from django_subatomic.db import transaction

from bamboo import schemas
from orders.models import Order, OrderItem, Purchase
from orders.services import cancelling, checking, claiming, purchasing, settlement
from orders.services.leasing import Send
from orders.states import FINAL_ORDERS, LineStatus, OrderStatus, PurchaseStatus
from partners.models import Partner
from steller import database
from steller.configuration import parse_limits
from steller.errors import NotCancellableError
from tests.shop import check_books
from wallets.models import WalletEntry

pytestmark = pytest.mark.races
ROUNDS = 200


class TestCancelAgainstClaim:
    def test_buys_or_releases_each_line_and_never_both(self, shop, together):
        partner = shop.partner(fund="100000")
        product = shop.products()[0]
        outcomes = {"cancelled": 0, "bought": 0}
        for _ in range(ROUNDS):
            placed = shop.order(partner, (product, 1))
            cancelled, _ = together(
                lambda placed=placed: cancelling.cancel_order(
                    partner_id=partner, order_id=placed.order.pk, actor="key:1"
                ),
                lambda: claiming.claim("live"),
            )
            line = OrderItem.objects.get(order=placed.order)
            if isinstance(cancelled, Order):
                assert line.status == LineStatus.CANCELLED
                outcomes["cancelled"] += 1
            else:
                assert isinstance(cancelled, NotCancellableError)
                assert line.status == LineStatus.PURCHASING
                outcomes["bought"] += 1
        print(f"\ncancel against claim: {outcomes}")
        assert sum(outcomes.values()) == ROUNDS
        for line in OrderItem.objects.filter(status=LineStatus.CANCELLED):
            kinds = set(WalletEntry.objects.filter(reference=line.hold_reference).values_list("kind", flat=True))
            assert kinds == {"hold", "release"}
        check_books()


class TestCancelAgainstTheSweepOfSuspendedPartners:
    def test_wait_for_each_other_in_no_circle(self, shop, together):
        partner = shop.partner(fund="100000")
        product = shop.products()[0]
        for _ in range(3):
            placed = shop.order(partner, *[(product, 1)] * 100)
            Partner.objects.filter(pk=partner).update(suspended_at=database.now())
            cancelled, held = together(
                lambda placed=placed: cancelling.cancel_order(
                    partner_id=None, order_id=placed.order.pk, actor="user:1"
                ),
                cancelling.hold_suspended,
            )
            assert isinstance(cancelled, Order), cancelled
            assert isinstance(held, int), held
            Partner.objects.filter(pk=partner).update(suspended_at=None)


class TestTheLinesOfAHunt:
    """Lines of one order lie in several parts; whoever cancels the order locks all of them by id."""

    @pytest.fixture
    def lines(self, shop):
        placed = shop.order(shop.partner(), *[(shop.products()[0], 1)] * 2)
        return OrderItem.objects.filter(order=placed.order.pk).order_by("pk")

    @pytest.fixture
    def against(self, lines, together):
        """Run a function against somebody who has locked the first line and then wants the second."""
        has_first = threading.Event()

        def lock_both():
            with transaction():
                OrderItem.objects.select_for_update(no_key=True).get(pk=lines[0].pk)
                has_first.set()
                time.sleep(0.5)
                return OrderItem.objects.select_for_update(no_key=True).get(pk=lines[1].pk)

        def run(function):
            def second():
                has_first.wait()
                return function()

            locked, result = together(lock_both, second)
            assert isinstance(locked, OrderItem), locked
            return result

        return run

    def test_are_locked_by_id_when_innocents_are_gathered(self, lines, against):
        root = _purchase(lines[0], PurchaseStatus.REFUSED)
        other, gathering = (_purchase(lines[0], PurchaseStatus.PLANNED, parent=root, root=root) for _ in range(2))
        _move(lines[0], gathering)
        _move(lines[1], other)

        send = against(lambda: claiming.claim("live"))

        assert isinstance(send, Send), send
        assert send.entries[0].quantity == 2

    def test_are_locked_by_id_when_a_suspect_is_found_bought(self, lines, against):
        root = _purchase(lines[0], PurchaseStatus.REFUSED)
        suspect = _purchase(lines[0], PurchaseStatus.UNKNOWN, parent=root, root=root, suspect=True)
        other = _purchase(lines[0], PurchaseStatus.PLANNED, parent=root, root=root)
        _move(lines[0], suspect)
        _move(lines[1], other)
        view = schemas.Order.read({"orderId": 1, "status": "Processing"})

        assert against(lambda: checking.record_view(suspect.pk, view)) == set()

        other.refresh_from_db()
        assert other.suspect


def _move(line, purchase):
    OrderItem.objects.filter(pk=line.pk).update(status=LineStatus.PURCHASING, purchase=purchase)


def _purchase(line, status, **more):
    return Purchase.objects.create(
        account=line.account, mode="live", status=status, expected_cost=1, next_attempt_at=database.now(), **more
    )


class TestRoundsAtOnce:
    def test_keep_every_product_within_its_slots(self, shop, together, settings):
        settings.BAMBOO_LIMITS = parse_limits("checkout=1000/1,order=1000/1,other=1000/1")
        partner = shop.partner(fund="1000000")
        products = shop.products(6)
        for _ in range(10):
            for product in products:
                shop.order(partner, (product, 80))

        together(*[lambda: [claiming.claim("live") for _ in range(6)]] * 4)

        for product in products:
            sends = Purchase.objects.filter(lines__product=product).distinct().count()
            assert sends <= 2
        claimed = OrderItem.objects.filter(status=LineStatus.PURCHASING)
        assert claimed.count() == claimed.values("pk").distinct().count()


class TestReadersAtOnce:
    def test_store_each_card_once_and_settle_each_line_once(self, shop, together):
        partner = shop.partner(fund="100000")
        product = shop.products()[0]
        for _ in range(10):
            shop.order(partner, (product, 3))
        send = claiming.claim("live")
        shop.supplier.client.checkout(
            request_id=send.request_id,
            account_id=send.supplier_account_id,
            entries=[_entry(entry) for entry in send.entries],
        )

        def read():
            view = shop.supplier.client.order(request_id=send.request_id)
            settlement.settle_orders(checking.record_view(send.purchase_id, view))

        together(*[read] * 6)

        assert Order.objects.filter(status=OrderStatus.SUCCEEDED).count() == 10
        assert shop.supplier.cards_sold == 30
        check_books()


class TestOrdersWhoseLinesLieInTwoPurchases:
    def test_are_all_final_in_the_end(self, shop, together):
        partner = shop.partner(fund="1000000")
        first, second = shop.products(2)
        for _ in range(40):
            shop.order(partner, (first, 12), (second, 12))

        def buy():
            for _ in range(3):
                purchasing.run_round(client=shop.supplier.client, mode="live")

        together(*[buy] * 3)
        shop.work()

        assert Purchase.objects.count() >= 2
        assert Order.objects.filter(status__in=FINAL_ORDERS).count() == 40
        check_books()


def _entry(entry):
    from bamboo.schemas import CheckoutEntry

    return CheckoutEntry(product_id=entry.supplier_product_id, quantity=entry.quantity, value=entry.face_value)
