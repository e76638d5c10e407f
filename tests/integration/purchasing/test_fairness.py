"""Who is served first: partners by turns with weights, products deep, and never more than a product's slots."""

import itertools
from decimal import Decimal

import pytest

from bamboo.models import Account
from orders.models import OrderItem, PartnerTurn, ProductSlot
from orders.services import cancelling, claiming
from orders.states import LineStatus
from partners.models import Partner
from steller.configuration import parse_limits
from tests.shop import check_books


def claimed(send):
    return OrderItem.objects.filter(purchase=send.purchase_id)


class TestTurns:
    def test_serve_a_light_partner_before_the_backlog_of_a_heavy_one(self, shop):
        heavy, light = shop.partner(fund="100000"), shop.partner()
        products = shop.products(3)
        for _ in range(6):
            shop.order(heavy, (products[0], 400))
        claiming.claim("live")
        late = shop.order(light, (products[1], 1))

        second = claiming.claim("live")

        assert OrderItem.objects.get(order=late.order) in claimed(second)

    def test_share_by_weight(self, shop):
        double, single = shop.partner(fund="1000000"), shop.partner(fund="1000000")
        Partner.objects.filter(pk=double).update(weight=2)
        product = shop.products()[0]
        for _ in range(30):
            shop.order(double, (product, 50))
            shop.order(single, (product, 50))

        cards = {double: 0, single: 0}
        for _ in range(3):
            for line in claimed(claiming.claim("live")):
                cards[line.partner_id] += line.quantity

        assert cards[double] == 2 * cards[single]

    def test_are_kept_by_a_line_that_comes_back(self, shop):
        shop.supplier.balance(9001, "5")
        shop.order(shop.partner(), (shop.products()[0], 1))
        shop.round()
        before = OrderItem.objects.get().turn
        assert before is not None

        shop.order(shop.partner(), (shop.products()[0], 1))
        Account.objects.update(float_limit=None)
        claiming.claim("live")
        assert OrderItem.objects.order_by("queued_at").first().turn == before

    def test_of_a_partner_that_was_away_start_at_the_clock(self, shop):
        busy, away = shop.partner(fund="1000000"), shop.partner(fund="1000000")
        product = shop.products()[0]
        for _ in range(4):
            shop.order(busy, (product, 500))
            claiming.claim("live")
        shop.order(away, (product, 1))
        claiming.claim("live")

        assert PartnerTurn.objects.get(partner=away).turn >= Account.objects.get(supplier_id=9001).clock


class TestAGroup:
    def test_is_deep_before_it_is_broad(self, shop):
        first, second = shop.products(2)
        for _ in range(3):
            shop.order(shop.partner(fund="100000"), (first, 200))
            shop.order(shop.partner(fund="100000"), (second, 200))

        send = claiming.claim("live")

        assert len(set(claimed(send).values_list("product_id", flat=True))) == 1
        assert sum(line.quantity for line in claimed(send)) == 400

    def test_holds_at_most_500_cards(self, shop):
        for product in shop.products(12):
            shop.order(shop.partner(fund="100000"), (product, 60))

        send = claiming.claim("live")

        assert sum(entry.quantity for entry in send.entries) <= 500

    def test_sums_the_quantities_of_one_product_and_face_value(self, shop):
        product = shop.products()[0]
        for quantity in (1, 2, 3):
            shop.order(shop.partner(), (product, quantity))

        send = claiming.claim("live")

        assert [(entry.supplier_product_id, entry.quantity) for entry in send.entries] == [(product.supplier_id, 6)]


class TestProductSlots:
    @pytest.fixture(autouse=True)
    def limits(self, shop, settings):
        settings.BAMBOO_LIMITS = parse_limits("checkout=1000/1,order=1000/1,other=1000/1")

    def test_let_at_most_six_sends_a_minute_through_and_spread_them(self, shop):
        product = shop.products()[0]
        for _ in range(75):
            shop.order(shop.partner(), (product, 1))
            claiming.claim("live")
            shop.pass_time(1)

        # Stored times move together, so what lies between them is exact however slow the machine is.
        sent_at = [
            moment.timestamp() for moment in ProductSlot.objects.order_by("sent_at").values_list("sent_at", flat=True)
        ]
        assert len(sent_at) >= 6
        assert max(sum(first <= other < first + 60 for other in sent_at) for first in sent_at) <= 6
        assert all(later - earlier >= 10 for earlier, later in itertools.pairwise(sent_at[1:6]))

    def test_free_the_product_a_window_after_the_answer(self, shop):
        product = shop.products()[0]
        shop.order(shop.partner(), (product, 1))
        shop.round()

        slot = ProductSlot.objects.get()
        assert 60 <= (slot.busy_until - slot.sent_at).total_seconds() <= 65

    def test_of_one_product_do_not_stop_another(self, shop):
        first, second = shop.products(2)
        for _ in range(2):
            shop.order(shop.partner(), (first, 1))
            claiming.claim("live")
        shop.order(shop.partner(), (first, 1))
        shop.order(shop.partner(), (second, 1))

        send = claiming.claim("live")

        assert [entry.supplier_product_id for entry in send.entries] == [second.supplier_id]
        assert claiming.is_claimable("live") is False


class TestASuspendedPartner:
    def test_has_its_waiting_lines_put_on_hold_and_freed_again(self, shop):
        from django.utils import timezone

        partner = shop.partner()
        shop.order(partner, (shop.products()[0], 1))
        Partner.objects.filter(pk=partner).update(suspended_at=timezone.now())

        cancelling.hold_suspended()
        assert OrderItem.objects.get().status == LineStatus.ON_HOLD
        assert claiming.claim("live") is None

        Partner.objects.filter(pk=partner).update(suspended_at=None)
        cancelling.hold_suspended()
        assert OrderItem.objects.get().status == LineStatus.WAITING


class TestASilentSystem:
    # 40 s on an idle machine; the guard is against hanging, not against a busy one.
    @pytest.mark.timeout(600)
    def test_is_drained_without_a_further_request(self, shop):
        partner = shop.partner(fund="1000000")
        products = shop.products(5)
        for number in range(2000):
            shop.order(partner, (products[number % 5], 1))

        shop.work()

        assert OrderItem.objects.filter(status=LineStatus.DELIVERED).count() == 2000
        assert len(shop.supplier.calls("checkout")) <= 5
        assert OrderItem.objects.exclude(sale_amount=Decimal(0)).count() == 2000
        check_books()
