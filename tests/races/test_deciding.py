"""People's decisions against readers, claims, cancels and each other: one of them wins, and the money follows it."""

import threading
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django_subatomic.db import transaction

from catalog.models import ProductPrice
from orders import queries
from orders.models import Card, CardRefund, Order, OrderItem, Purchase
from orders.services import cancelling, checking, claiming, deciding, on_behalf, settlement, suspending
from orders.services.deciding import Decided
from orders.services.placement import Placed
from orders.states import LineStatus, OrderStatus, PurchaseStatus
from partners import services as partners
from steller.errors import (
    DomainError,
    InvalidRequestError,
    NotCancellableError,
    PartnerSuspendedError,
    StateConflictError,
)
from tests.integration.deciding.stuck import OTHER_STAFF, STAFF, WHY, cards_missing, client_of
from tests.shop import check_books
from wallets.models import Wallet, WalletEntry

pytestmark = pytest.mark.races
ROUNDS = 20


def read(shop, purchase):
    def run():
        view = shop.supplier.client.order(request_id=purchase.supplier_request_id)
        settlement.settle_orders(checking.record_view(purchase.pk, view))

    return run


def stock_of(shop, product, count):
    """Buy cards for nobody, as `read_again` finds them of a purchase that was declared not bought."""
    shop.supplier.fault("accept_then_drop")
    shop.supplier.fault("hide_order", delay=400)
    shop.order(shop.partner(), (product, count))
    shop.round()
    shop.pass_time(300)
    purchase = Purchase.objects.get(status=PurchaseStatus.UNKNOWN)
    for actor in (STAFF, OTHER_STAFF):
        deciding.declare_not_bought(
            client_of=client_of(shop), purchase_id=purchase.pk, lines="fail", actor=actor, reason=WHY
        )
    shop.pass_time(200)
    deciding.read_again(client_of=client_of(shop), purchase_id=purchase.pk, actor=STAFF, reason=WHY)
    return [card.pk for card in queries.surplus_cards()]


class _ShownAfterwards:
    """The supplier's client, after whose read the order shows up and the other thread reads it."""

    def __init__(self, shop, *, at):
        self.shop, self.at = shop, at
        self.was_read = threading.Event()

    def order(self, *, request_id):
        try:
            return self.shop.supplier.client.order(request_id=request_id)
        finally:
            self.shop.supplier.passed = self.at
            self.was_read.set()


class TestNotBoughtAgainstAReader:
    def test_loses_no_card_and_settles_the_line_once(self, shop, together):
        outcomes = set()
        product = shop.products()[0]
        for _ in range(ROUNDS):
            shop.supplier.fault("accept_then_drop")
            shop.supplier.fault("hide_order", delay=300)
            placed = shop.order(shop.partner(fund="100"), (product, 2))
            shop.round()
            shop.pass_time(290)
            purchase = Purchase.objects.get(lines__order=placed.order)
            declare = {"client_of": client_of(shop), "purchase_id": purchase.pk, "lines": "fail", "reason": WHY}
            deciding.declare_not_bought(actor=STAFF, **declare)
            client = _ShownAfterwards(shop, at=shop.supplier.passed + 20)
            declare["client_of"] = lambda _mode, client=client: client

            def read_then(purchase=purchase, client=client):
                client.was_read.wait()
                read(shop, purchase)()

            together(lambda declare=declare: deciding.declare_not_bought(actor=OTHER_STAFF, **declare), read_then)

            line = OrderItem.objects.get(order=placed.order)
            kept = Card.objects.filter(purchase=purchase)
            assert kept.count() == 2
            assert kept.filter(item=line).count() == line.delivered
            assert line.status in {LineStatus.DELIVERED, LineStatus.FAILED}
            outcomes.add(line.status)
            check_books()
        print(f"\nnot bought against a reader: {sorted(outcomes)}")


class TestNotComingAgainstReaders:
    def test_settles_each_line_once(self, shop, together):
        partner = shop.partner(fund="100")
        _, purchase = cards_missing(shop, partner, shop.products()[0], 3)

        def decide():
            return deciding.declare_not_coming(
                client_of=client_of(shop), purchase_id=purchase.pk, actor=STAFF, reason=WHY
            )

        results = together(decide, decide, read(shop, purchase), read(shop, purchase))

        assert [result.is_done for result in results[:2]] == [True, True]
        assert OrderItem.objects.get().delivered == 2
        assert Wallet.objects.get(partner=partner).available == Decimal(80)
        assert not Card.objects.filter(item=None).exists()
        check_books()


class TestTwoPeopleAtOnce:
    def test_are_one_who_proposes_and_one_who_agrees(self, shop, together):
        partner = shop.partner(fund="100")
        _, purchase = cards_missing(shop, partner, shop.products()[0], 3, final=False)

        def decide(actor):
            return lambda: deciding.declare_not_coming(
                client_of=client_of(shop), purchase_id=purchase.pk, actor=actor, reason=WHY
            )

        results = together(decide(STAFF), decide(OTHER_STAFF), decide(STAFF))

        assert all(isinstance(result, Decided) for result in results)
        assert {result.is_done for result in results} == {False, True}
        assert Wallet.objects.get(partner=partner).available == Decimal(80)
        check_books()


class TestStockAgainstAClaim:
    def test_delivers_or_buys_a_line_and_never_both(self, shop, together):
        product = shop.products()[0]
        outcomes = {"assigned": 0, "claimed": 0}
        for _ in range(ROUNDS):
            [card] = stock_of(shop, product, 1)
            placed = shop.order(shop.partner(), (product, 1))
            line = placed.items[0].pk

            assigned, _ = together(
                lambda line=line, card=card: deciding.assign_cards(
                    line_id=line, card_ids=[card], actor=STAFF, reason=WHY
                ),
                lambda: claiming.claim("live"),
            )

            status = OrderItem.objects.get(pk=line).status
            if isinstance(assigned, OrderItem):
                assert status == LineStatus.DELIVERED
                outcomes["assigned"] += 1
            else:
                assert isinstance(assigned, StateConflictError)
                assert status == LineStatus.PURCHASING
                outcomes["claimed"] += 1
                deciding.write_off_cards(card_ids=[card], actor=STAFF, reason=WHY)
                shop.pass_time(61)
                checking.expire_leases("live")
                shop.work(minutes=6)
            check_books()
        print(f"\nstock against a claim: {outcomes}")

    def test_gives_one_card_to_one_of_two_lines(self, shop, together):
        product = shop.products()[0]
        [card] = stock_of(shop, product, 1)
        lines = [shop.order(shop.partner(), (product, 1)).items[0].pk for _ in range(4)]

        together(
            *[
                lambda line=line: deciding.assign_cards(line_id=line, card_ids=[card], actor=STAFF, reason=WHY)
                for line in lines
            ]
        )

        assert OrderItem.objects.filter(pk__in=lines, status=LineStatus.DELIVERED).count() == 1
        check_books()


class TestALineOnHold:
    def test_is_released_failed_or_cancelled_by_one_of_three(self, shop, together):
        product = shop.products()[0]
        for _ in range(ROUNDS):
            placed = shop.order(shop.partner(fund="100"), (product, 1))
            line = placed.items[0].pk
            OrderItem.objects.filter(pk=line).update(status=LineStatus.ON_HOLD, on_hold_reason="cost above sale price")
            ProductPrice.objects.filter(product=product, until=None).update(min=1, max=1)

            results = together(
                lambda line=line: deciding.release_line(line_id=line, actor=STAFF, reason=WHY),
                lambda line=line: deciding.fail_line(line_id=line, actor=STAFF, reason=WHY),
                lambda placed=placed: cancelling.cancel_order(
                    partner_id=None, order_id=placed.order.pk, actor=OTHER_STAFF, reason=WHY
                ),
            )

            assert all(isinstance(result, OrderItem | Order | DomainError) for result in results)
            moves = WalletEntry.objects.filter(reference=f"line:{line}").values_list("kind", flat=True)
            is_open = OrderItem.objects.get(pk=line).status in {LineStatus.WAITING, LineStatus.ON_HOLD}
            assert sorted(moves) == (["hold"] if is_open else ["hold", "release"])
            if is_open:
                assert isinstance(results[2], NotCancellableError)
            check_books()


class TestRefundsAtOnce:
    def test_never_exceed_what_the_card_was_sold_for(self, shop, together):
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 2))
        shop.work()
        card = Card.objects.first()

        def refund(request_id):
            return lambda: deciding.refund_card(
                card_id=card.pk, request_id=request_id, amount=Decimal(4), actor=STAFF, reason=WHY
            )

        same = uuid.uuid4()
        results = together(*[refund(same)] * 3, *[refund(uuid.uuid4()) for _ in range(4)])

        assert CardRefund.objects.count() == 2
        assert Wallet.objects.get(partner=partner).available == Decimal(88)
        assert all(isinstance(result, CardRefund | InvalidRequestError) for result in results)
        check_books()


class TestRetriesAtOnce:
    def test_are_one_order(self, shop, together):
        partner = shop.partner(fund="1000")
        shop.supplier.fault("failed")
        placed = shop.order(partner, (shop.products()[0], 2))
        shop.work()

        def retry():
            return on_behalf.retry_order(order_id=placed.order.pk, request_id=uuid.uuid4(), actor=STAFF, reason=WHY)

        results = together(*[retry] * 6)

        assert sum(isinstance(result, Placed) for result in results) == 1
        assert sum(isinstance(result, StateConflictError) for result in results) == 5
        assert Order.objects.filter(retry_of=placed.order).count() == 1
        assert Wallet.objects.get(partner=partner).held == Decimal(20)
        check_books()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


class TestAClaimDuringASuspension:
    def test_waits_for_it_and_then_refuses_the_line(self, shop, together):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1))
        suspended, never = threading.Event(), threading.Event()

        def suspend():
            with transaction():
                partners.suspend_partner(partner_id=partner, actor=STAFF, reason=WHY)
                suspended.set()
                while not somebody_waits():
                    never.wait(0.01)

        def claim():
            suspended.wait()
            return claiming.claim("live")

        _, send = together(suspend, claim)

        assert send is None
        assert OrderItem.objects.get(order=placed.order).status == LineStatus.ON_HOLD

    def test_that_came_first_lets_the_suspension_wait(self, shop, together):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1))
        claimed, never = threading.Event(), threading.Event()

        def claim():
            with transaction():
                suspending.suspended_for_now([partner])
                OrderItem.objects.select_for_update(no_key=True).get(order=placed.order)
                claimed.set()
                while not somebody_waits():
                    never.wait(0.01)
                OrderItem.objects.filter(order=placed.order).update(turn=7)

        def suspend():
            claimed.wait()
            return suspending.suspend_partner(partner_id=partner, actor=STAFF, reason=WHY)

        _, held = together(claim, suspend)

        assert held == 1
        line = OrderItem.objects.get(order=placed.order)
        assert (line.status, line.turn) == (LineStatus.ON_HOLD, 7)


class TestSuspendingAgainstOrdersAndClaims:
    def test_leaves_nothing_to_be_bought_once_it_has_committed(self, shop, together):
        product = shop.products()[0]
        outcomes = {}
        for _ in range(3 * ROUNDS):
            partner = shop.partner(fund="100")
            first = shop.order(partner, (product, 1))

            def suspend(partner=partner):
                suspending.suspend_partner(partner_id=partner, actor=STAFF, reason=WHY)
                # The suspension has committed: what is bought from now on was claimed before.
                return set(OrderItem.objects.filter(partner=partner, claimed_at=None).values_list("pk", flat=True))

            unclaimed, second, _, _ = together(
                suspend,
                lambda partner=partner: shop.order(partner, (product, 1)),
                lambda: claiming.claim("live"),
                lambda first=first: cancelling.cancel_order(
                    partner_id=None, order_id=first.order.pk, actor=OTHER_STAFF, reason=WHY
                ),
            )
            assert isinstance(unclaimed, set), unclaimed
            assert isinstance(second, Placed | PartnerSuspendedError), second
            while claiming.claim("live"):
                pass

            assert not OrderItem.objects.filter(pk__in=unclaimed, claimed_at__isnull=False).exists()
            lines = OrderItem.objects.filter(partner=partner)
            assert not lines.filter(status=LineStatus.WAITING).exists()
            for status in lines.values_list("status", flat=True):
                outcomes[status] = outcomes.get(status, 0) + 1
        print(f"\nsuspending against orders, claims and cancels: {outcomes}")
        check_books()

    def test_lets_every_line_go_on_once_it_is_lifted(self, shop, together):
        product = shop.products()[0]
        partner = shop.partner(fund="1000")
        for _ in range(30):
            shop.order(partner, (product, 1))

        together(
            lambda: suspending.suspend_partner(partner_id=partner, actor=STAFF, reason=WHY),
            lambda: claiming.claim("live"),
        )
        suspending.resume_partner(partner_id=partner, actor=STAFF)
        shop.pass_time(61)
        checking.expire_leases("live")
        shop.work(minutes=8)

        assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.SUCCEEDED}
        check_books()
