"""Lines on hold, surplus cards and bad ones: every decision moves each amount once."""

import uuid
from decimal import Decimal

import pytest

from catalog.models import ProductPrice
from orders import queries
from orders.models import Card, CardRefund, Order, OrderItem, Purchase
from orders.services import deciding, suspending
from orders.states import LineStatus, OrderStatus
from partners.models import AuditEntry, Event
from steller import encryption
from steller.errors import InvalidRequestError, RequestIdReusedError, StateConflictError
from tests.integration.deciding.stuck import STAFF, WHY, client_of
from tests.shop import check_books
from wallets.models import Wallet, WalletEntry


def too_dear(shop, partner, product, quantity=2):
    """Order a line whose cost then rises above its price, so that the claim puts it on hold."""
    placed = shop.order(partner, (product, quantity))
    ProductPrice.objects.filter(product=product, until=None).update(min=1000, max=1000)
    shop.round()
    line = OrderItem.objects.get(order=placed.order)
    assert line.status == LineStatus.ON_HOLD
    return line


def cheap_again(product):
    ProductPrice.objects.filter(product=product, until=None).update(min=1, max=1)


def stock_of(shop, product, count):
    """Buy cards for nobody: a purchase declared not bought, which the supplier shows after all."""
    shop.supplier.fault("accept_then_drop")
    shop.supplier.fault("hide_order", delay=400)
    shop.order(shop.partner(), (product, count))
    shop.round()
    shop.pass_time(300)
    purchase = Purchase.objects.get()
    for actor in ("user:1", "user:2"):
        deciding.declare_not_bought(
            client_of=client_of(shop), purchase_id=purchase.pk, lines="fail", actor=actor, reason=WHY
        )
    shop.pass_time(200)
    deciding.read_again(client_of=client_of(shop), purchase_id=purchase.pk, actor=STAFF, reason=WHY)
    cards = list(queries.surplus_cards())
    assert len(cards) == count
    return [card.pk for card in cards]


class TestALineOnHold:
    def test_goes_on_once_its_price_covers_the_cost(self, shop):
        product = shop.products()[0]
        line = too_dear(shop, shop.partner(), product)
        cheap_again(product)

        deciding.release_line(line_id=line.pk, actor=STAFF, reason=WHY)
        deciding.release_line(line_id=line.pk, actor=STAFF, reason=WHY)
        shop.work()

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert AuditEntry.objects.filter(action="line.release", reason=WHY).count() == 1
        check_books()

    def test_is_never_bought_below_its_cost(self, shop):
        line = too_dear(shop, shop.partner(), shop.products()[0])

        with pytest.raises(StateConflictError, match="costs 1000"):
            deciding.release_line(line_id=line.pk, actor=STAFF, reason=WHY)

        line.refresh_from_db()
        assert line.status == LineStatus.ON_HOLD

    def test_of_a_suspended_partner_waits_for_the_partner(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1))
        suspending.suspend_partner(partner_id=partner, actor=STAFF, reason=WHY)

        with pytest.raises(StateConflictError, match="suspended"):
            deciding.release_line(line_id=placed.items[0].pk, actor=STAFF, reason=WHY)

    def test_is_failed_and_its_money_released_once(self, shop):
        partner = shop.partner(fund="100")
        line = too_dear(shop, partner, shop.products()[0])

        deciding.fail_line(line_id=line.pk, actor=STAFF, reason=WHY)
        deciding.fail_line(line_id=line.pk, actor=STAFF, reason=WHY)

        order = Order.objects.get()
        assert (order.status, order.error) == (OrderStatus.FAILED, "declined")
        assert Wallet.objects.get(partner=partner).available == Decimal(100)
        assert Event.objects.get().kind == "order.failed"
        entry = WalletEntry.objects.get(kind="release")
        assert (entry.actor, entry.reason) == (STAFF, WHY)
        check_books()

    @pytest.mark.parametrize("decide", [deciding.release_line, deciding.fail_line])
    def test_is_left_alone_once_it_is_bought(self, shop, decide):
        placed = shop.order(shop.partner(), (shop.products()[0], 1))
        shop.work()

        with pytest.raises(StateConflictError, match="delivered"):
            decide(line_id=placed.items[0].pk, actor=STAFF, reason=WHY)


class TestSurplusCards:
    def test_deliver_a_waiting_line_whole(self, shop):
        product = shop.products()[0]
        cards = stock_of(shop, product, 2)
        partner = shop.partner(fund="100")
        placed = shop.order(partner, (product, 2))

        line = placed.items[0].pk
        deciding.assign_cards(line_id=line, card_ids=cards, actor=STAFF, reason=WHY)
        deciding.assign_cards(line_id=line, card_ids=cards, actor=STAFF, reason=WHY)

        assert Order.objects.get(pk=placed.order.pk).status == OrderStatus.SUCCEEDED
        wallet = Wallet.objects.get(partner=partner)
        assert (wallet.available, wallet.held) == (Decimal(80), Decimal(0))
        revealed = queries.revealed_cards(placed.order.pk)
        assert len({card.code for card in revealed}) == 2
        assert not queries.surplus_cards().exists()
        assert AuditEntry.objects.filter(action="line.assign").count() == 1
        check_books()

    def test_deliver_a_line_that_is_on_hold_for_its_cost(self, shop):
        product = shop.products()[0]
        cards = stock_of(shop, product, 2)
        line = too_dear(shop, shop.partner(), product)

        deciding.assign_cards(line_id=line.pk, card_ids=cards, actor=STAFF, reason=WHY)

        line.refresh_from_db()
        assert line.status == LineStatus.DELIVERED
        check_books()

    def test_are_not_given_to_a_part_of_a_line(self, shop):
        product = shop.products()[0]
        cards = stock_of(shop, product, 2)
        placed = shop.order(shop.partner(), (product, 3))

        with pytest.raises(InvalidRequestError):
            deciding.assign_cards(line_id=placed.items[0].pk, card_ids=cards, actor=STAFF, reason=WHY)

    def test_are_not_given_to_a_line_of_another_product(self, shop):
        product, other = shop.products(2)
        cards = stock_of(shop, product, 2)
        placed = shop.order(shop.partner(), (other, 2))

        with pytest.raises(StateConflictError, match="another product"):
            deciding.assign_cards(line_id=placed.items[0].pk, card_ids=cards, actor=STAFF, reason=WHY)

    def test_are_not_given_to_a_line_at_the_supplier(self, shop):
        product = shop.products()[0]
        cards = stock_of(shop, product, 2)
        shop.supplier.fault("never_final")
        placed = shop.order(shop.partner(), (product, 2))
        shop.round()

        with pytest.raises(StateConflictError, match="Only a line that waits"):
            deciding.assign_cards(line_id=placed.items[0].pk, card_ids=cards, actor=STAFF, reason=WHY)

    def test_leave_the_list_when_they_are_written_off_and_stay_readable(self, shop):
        cards = stock_of(shop, shop.products()[0], 2)

        assert deciding.write_off_cards(card_ids=cards, actor=STAFF, reason=WHY) == 2
        assert deciding.write_off_cards(card_ids=cards, actor=STAFF, reason=WHY) == 0

        assert not queries.surplus_cards().exists()
        card = Card.objects.get(pk=cards[0])
        assert encryption.card_keys().decrypt(card.code, place=card.place("code"))
        assert AuditEntry.objects.filter(action="card.write_off").count() == 2
        check_books()

    def test_that_were_written_off_are_given_to_nobody(self, shop):
        product = shop.products()[0]
        cards = stock_of(shop, product, 1)
        deciding.write_off_cards(card_ids=cards, actor=STAFF, reason=WHY)
        placed = shop.order(shop.partner(), (product, 1))

        with pytest.raises(StateConflictError, match="no stock"):
            deciding.assign_cards(line_id=placed.items[0].pk, card_ids=cards, actor=STAFF, reason=WHY)

    def test_of_a_delivered_line_are_no_loss(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        shop.work()

        with pytest.raises(StateConflictError, match="belongs to a line"):
            deciding.write_off_cards(card_ids=[Card.objects.get().pk], actor=STAFF, reason=WHY)

    @pytest.mark.parametrize("count", [0, 501])
    def test_are_decided_of_by_the_hundred(self, shop, count):
        with pytest.raises(InvalidRequestError, match="Name 1 to"):
            deciding.write_off_cards(card_ids=[uuid.uuid4() for _ in range(count)], actor=STAFF, reason=WHY)


class TestADuplicateCode:
    def test_leaves_the_list_when_it_is_written_off(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        shop.work()
        shop.supplier.fault("repeated_code")
        shop.order(shop.partner(), (shop.products()[0], 2))
        shop.work()
        card = queries.duplicate_cards().get()

        deciding.write_off_cards(card_ids=[card.pk], actor=STAFF, reason=WHY)

        assert not queries.duplicate_cards().exists()
        check_books()


class TestABadCard:
    @pytest.fixture
    def partner(self, shop):
        return shop.partner(fund="100")

    @pytest.fixture
    def card(self, shop, partner):
        shop.order(partner, (shop.products()[0], 2))
        shop.work()
        return Card.objects.order_by("supplier_card_id").first()

    def refund(self, card, amount=None, request_id=None):
        return deciding.refund_card(
            card_id=card.pk, request_id=request_id or uuid.uuid4(), amount=amount, actor=STAFF, reason=WHY
        )

    def test_is_refunded_whole(self, card, partner):
        refund = self.refund(card)

        assert refund.amount == Decimal(10)
        assert Wallet.objects.get(partner=partner).available == Decimal(90)
        entry = WalletEntry.objects.get(kind="refund")
        assert (entry.reference, entry.actor, entry.reason) == (refund.reference, STAFF, WHY)
        assert Event.objects.get(kind="order.refunded").body["amount"] == "10.00"
        assert AuditEntry.objects.get(action="card.refund").partner_id == partner
        check_books()

    def test_is_refunded_in_parts_up_to_its_price(self, card, partner):
        self.refund(card, Decimal(4))
        with pytest.raises(InvalidRequestError):
            self.refund(card, Decimal("6.01"))
        self.refund(card)

        with pytest.raises(StateConflictError):
            self.refund(card)
        assert Wallet.objects.get(partner=partner).available == Decimal(90)
        check_books()

    def test_is_refunded_once_per_request(self, card, partner):
        request_id = uuid.uuid4()
        first = self.refund(card, Decimal(4), request_id)

        assert self.refund(card, Decimal(4), request_id).pk == first.pk
        with pytest.raises(RequestIdReusedError):
            self.refund(card, Decimal(5), request_id)
        assert CardRefund.objects.count() == 1
        assert Wallet.objects.get(partner=partner).available == Decimal(84)
        check_books()

    def test_that_nobody_paid_for_is_not_refunded(self, shop):
        stock_of(shop, shop.products()[0], 1)

        with pytest.raises(StateConflictError):
            self.refund(Card.objects.get())
