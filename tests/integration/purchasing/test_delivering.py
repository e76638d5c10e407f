"""The plain path, and what the supplier's final answers do to lines and money."""

from dataclasses import replace
from decimal import Decimal

from orders.models import Card, Order, OrderItem, Purchase
from orders.services import checking, first_reads
from orders.services.first_reads import LONGEST_SECONDS, Wait
from orders.states import LineStatus, OrderStatus, PurchaseStatus
from steller import encryption
from tests.shop import check_books, purchase_of
from wallets.models import Hold, Wallet


class TestAnOrderThatTheSupplierFulfils:
    def test_is_bought_once_and_its_cards_are_delivered_and_paid(self, shop):
        partner = shop.partner(fund="100")
        product = shop.products()[0]
        placed = shop.order(partner, (product, 3))

        shop.work()

        order = Order.objects.get(pk=placed.order.pk)
        assert order.status == OrderStatus.SUCCEEDED
        assert [purchase["cards"] for purchase in shop.supplier.purchases] == [3]
        wallet = Wallet.objects.get(partner=partner)
        assert (wallet.available, wallet.held) == (Decimal(70), Decimal(0))
        assert Hold.objects.get().captured == Decimal(30)
        check_books()

    def test_keeps_codes_and_pins_encrypted_and_bound_to_their_place(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        shop.work()

        card = Card.objects.get()
        assert card.code.startswith("v1:")
        plain = encryption.card_keys().decrypt(card.code, place=card.place("code"))
        assert len(plain) == 32
        assert plain not in card.code

    def test_lines_of_many_partners_travel_in_one_checkout(self, shop):
        product = shop.products()[0]
        for _ in range(5):
            shop.order(shop.partner(), (product, 2))

        shop.work()

        assert len(shop.supplier.calls("checkout")) == 1
        assert Order.objects.filter(status=OrderStatus.SUCCEEDED).count() == 5
        check_books()

    def test_shares_what_the_supplier_charged_over_its_lines(self, shop):
        product = shop.products()[0]
        shop.order(shop.partner(), (product, 1))
        shop.order(shop.partner(), (product, 2))
        shop.work()

        purchase = Purchase.objects.get()
        amounts = OrderItem.objects.values_list("supplier_amount", flat=True)
        assert purchase.total == sum(amounts)
        assert purchase.status == PurchaseStatus.SETTLED


class TestASlowSupplier:
    def test_keeps_no_round_from_the_next_one_and_is_read_by_the_tick(self, shop, monkeypatch):
        wait = Wait(seconds=LONGEST_SECONDS)
        monkeypatch.setattr(first_reads, "wait_of", lambda _mode: wait)
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.round()
        assert shop.supplier.calls("order") == []

        shop.pass_time(LONGEST_SECONDS)
        shop.read()
        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert wait.seconds < LONGEST_SECONDS, "it has learned that the supplier is quick"


class TestAShortfall:
    def test_is_released_when_the_final_answer_accounts_for_every_card(self, shop):
        shop.supplier.fault("partial", cards=1)
        partner = shop.partner(fund="100")
        placed = shop.order(partner, (shop.products()[0], 3))

        shop.work()

        line = OrderItem.objects.get(order=placed.order)
        assert line.status == LineStatus.PARTIALLY_DELIVERED
        assert (line.captured_amount, line.released_amount) == (Decimal(20), Decimal(10))
        assert Order.objects.get().status == OrderStatus.PARTIALLY_FAILED
        assert Wallet.objects.get(partner=partner).available == Decimal(80)
        check_books()

    def test_of_everything_fails_the_order_and_returns_the_money(self, shop):
        shop.supplier.fault("failed")
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 3))

        shop.work()

        assert Order.objects.get().status == OrderStatus.FAILED
        assert Wallet.objects.get(partner=partner).available == Decimal(100)
        check_books()

    def test_is_not_believed_while_a_succeeded_order_shows_no_cards(self, shop):
        shop.supplier.fault("late_cards", delay=1.0)
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 3))

        shop.work()

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert Card.objects.filter(item__isnull=False).count() == 3
        assert Wallet.objects.get(partner=partner).available == Decimal(70)

    def test_with_a_charge_for_the_missing_card_goes_to_review_and_releases_nothing(self, shop):
        shop.supplier.fault("missing_cards", cards=1, times=None)
        shop.supplier.fault("overcharge", times=None)
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 3))

        shop.work(minutes=20, step=60)

        assert Wallet.objects.get(partner=partner).held == Decimal(30)
        assert Purchase.objects.get().review_at is not None


class TestASlowCard:
    def test_delays_its_own_line_only(self, shop):
        shop.supplier.fault("paused_card", cards=1, times=None)
        product = shop.products()[0]
        orders = [shop.order(shop.partner(), (product, 2)) for _ in range(4)]

        shop.round()
        shop.pass_time(1)
        shop.read()

        delivered = OrderItem.objects.filter(status=LineStatus.DELIVERED).count()
        assert delivered == len(orders) - 1
        assert OrderItem.objects.filter(status=LineStatus.PURCHASING).count() == 1
        check_books()


class TestACardWhoseCodeChanges:
    def test_keeps_the_code_that_came_first_and_goes_to_review(self, shop):
        shop.supplier.set(issue_after_ms=30_000, drip=True)
        placed = shop.order(shop.partner(), (shop.products()[0], 2))
        shop.round()
        shop.pass_time(20)
        shop.read()
        code = Card.objects.get().code
        purchase = purchase_of(placed)
        view = shop.supplier.client.order(request_id=purchase.supplier_request_id)
        item = view.items[0]
        cards = tuple(replace(card, card_code=card.card_code and "ANOTHER-1") for card in item.cards)

        checking.record_view(purchase.pk, replace(view, items=(replace(item, cards=cards),)))

        assert Card.objects.get().code == code
        purchase.refresh_from_db()
        assert (purchase.review_reason, purchase.frozen_at) == ("a card's code has changed", None)


class TestACodeDeliveredTwice:
    def test_is_shown_once_and_goes_to_review(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        shop.work()
        shop.supplier.fault("repeated_code")
        placed = shop.order(shop.partner(), (shop.products()[0], 2))
        shop.work()

        assert Card.objects.filter(is_duplicate=True, item__isnull=True).count() == 1
        assert OrderItem.objects.get(order=placed.order).delivered == 1
        assert purchase_of(placed).review_at is not None
        check_books()
