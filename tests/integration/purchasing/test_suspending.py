"""A suspended partner's lines stop in the same moment, others' go on, and all come back with the partner."""

from django_subatomic.db import transaction

from orders import queries
from orders.models import OrderItem
from orders.services import claiming, suspending
from orders.states import LineStatus
from partners import services as partners
from partners.models import AuditEntry
from tests.shop import check_books

STAFF, WHY = "user:1", "Unpaid invoices"


def statuses(*placed):
    return [OrderItem.objects.get(order=each.order).status for each in placed]


class TestSuspending:
    def test_puts_waiting_lines_on_hold_and_leaves_others_alone(self, shop):
        suspended, other = shop.partner(), shop.partner()
        product = shop.products()[0]
        theirs, others = shop.order(suspended, (product, 1)), shop.order(other, (product, 1))

        assert suspending.suspend_partner(partner_id=suspended, actor=STAFF, reason=WHY) == 1

        assert statuses(theirs, others) == [LineStatus.ON_HOLD, LineStatus.WAITING]
        assert AuditEntry.objects.get(action="partner.suspend").reason == WHY

    def test_ends_with_the_lines_waiting_in_their_old_turns(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1))
        OrderItem.objects.update(turn=7)
        suspending.suspend_partner(partner_id=partner, actor=STAFF, reason=WHY)

        assert suspending.resume_partner(partner_id=partner, actor=STAFF) == 1

        assert statuses(placed) == [LineStatus.WAITING]
        assert OrderItem.objects.get().turn == 7
        shop.work()
        assert statuses(placed) == [LineStatus.DELIVERED]
        check_books()

    def test_lets_what_is_at_the_supplier_settle(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1))
        claiming.claim("live")

        assert suspending.suspend_partner(partner_id=partner, actor=STAFF, reason=WHY) == 0

        assert statuses(placed) == [LineStatus.PURCHASING]


class TestAClaim:
    def test_refuses_lines_whose_partner_was_suspended_by_whatever_way(self, shop):
        partner, other = shop.partner(), shop.partner()
        product = shop.products()[0]
        theirs, others = shop.order(partner, (product, 1)), shop.order(other, (product, 1))
        with transaction():
            partners.suspend_partner(partner_id=partner, actor=STAFF, reason=WHY)

        claiming.claim("live")

        assert statuses(theirs, others) == [LineStatus.ON_HOLD, LineStatus.PURCHASING]

    def test_asks_for_the_partners_in_one_query(self, shop, django_assert_max_num_queries):
        for _ in range(5):
            shop.order(shop.partner(), (shop.products()[0], 1))

        with transaction(), django_assert_max_num_queries(1):
            assert suspending.suspended_for_now(shop.partners) == set()


class TestOpenWork:
    def test_is_what_keeps_a_partner_from_being_removed(self, shop):
        partner = shop.partner(fund="50")
        shop.order(partner, (shop.products()[0], 2))

        work = queries.open_work_of(partner)

        assert (work.orders, work.lines, work.is_none) == (1, 1, False)
        [balance] = work.balances
        assert (balance.currency, balance.available, balance.held) == ("USD", 30, 20)

    def test_is_none_of_a_partner_that_has_nothing_left(self, shop, django_assert_num_queries):
        partner = shop.partner(fund="0")

        with django_assert_num_queries(3):
            assert queries.open_work_of(partner).is_none
