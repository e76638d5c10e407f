"""A purchase that nobody knows the outcome of, declared not bought: two people, and never while a send may arrive."""

from decimal import Decimal

import pytest

from orders.models import AttemptConclusion, Order, OrderItem, Purchase
from orders.services import answers, claiming, deciding
from orders.services.answers import Answer
from orders.states import LineStatus, OrderStatus, PurchaseStatus
from partners.models import AuditEntry
from steller.errors import InvalidRequestError, StateConflictError, UnavailableError
from tests.integration.deciding.stuck import OTHER_STAFF, STAFF, WHY, client_of, never_arrived
from tests.shop import check_books
from wallets.models import Wallet


def declare(shop, purchase, *, actor=STAFF, lines="fail", reason=WHY):
    return deciding.declare_not_bought(
        client_of=client_of(shop), purchase_id=purchase.pk, lines=lines, actor=actor, reason=reason
    )


class TestAPurchaseInDoubt:
    def test_is_ended_by_two_people_and_its_money_released(self, shop):
        partner = shop.partner(fund="100")
        purchase = never_arrived(shop, (partner, shop.products()[0], 2))

        assert not declare(shop, purchase).is_done
        assert Wallet.objects.get(partner=partner).held == Decimal(20)
        assert declare(shop, purchase, actor=OTHER_STAFF).is_done

        purchase.refresh_from_db()
        assert (purchase.status, purchase.error_code) == (PurchaseStatus.REFUSED, "not_bought")
        assert Order.objects.get().status == OrderStatus.FAILED
        wallet = Wallet.objects.get(partner=partner)
        assert (wallet.available, wallet.held) == (Decimal(100), Decimal(0))
        deeds = AuditEntry.objects.filter(subject=f"purchase:{purchase.pk}").order_by("id")
        assert [(deed.action, deed.actor, deed.reason) for deed in deeds] == [
            ("purchase.not_bought_fail.propose", STAFF, WHY),
            ("purchase.not_bought", OTHER_STAFF, WHY),
        ]
        check_books()

    def test_is_bought_anew_when_its_lines_are_to_wait(self, shop):
        purchase = never_arrived(shop, (shop.partner(), shop.products()[0], 2))
        declare(shop, purchase, lines="wait")
        declare(shop, purchase, lines="wait", actor=OTHER_STAFF)
        assert OrderItem.objects.get().status == LineStatus.WAITING

        shop.supplier.control.delete("/_control/faults")
        shop.work()

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert [bought["sold"] for bought in shop.supplier.purchases] == [2]
        check_books()

    def test_is_not_ended_by_two_people_who_want_different_things(self, shop):
        purchase = never_arrived(shop, (shop.partner(), shop.products()[0], 2))

        assert not declare(shop, purchase, lines="fail").is_done
        assert not declare(shop, purchase, lines="wait", actor=OTHER_STAFF).is_done

        assert OrderItem.objects.get().status == LineStatus.PURCHASING

    def test_is_not_ended_by_one_person_twice(self, shop):
        purchase = never_arrived(shop, (shop.partner(), shop.products()[0], 2))

        assert not declare(shop, purchase).is_done
        assert not declare(shop, purchase).is_done

        assert OrderItem.objects.get().status == LineStatus.PURCHASING

    def test_is_not_ended_by_a_proposal_of_yesterday(self, shop):
        purchase = never_arrived(shop, (shop.partner(), shop.products()[0], 2))
        declare(shop, purchase)
        shop.pass_time(25 * 3600)

        assert not declare(shop, purchase, actor=OTHER_STAFF).is_done

    def test_changes_nothing_when_it_is_decided_again(self, shop):
        purchase = never_arrived(shop, (shop.partner(), shop.products()[0], 2))
        declare(shop, purchase)
        declare(shop, purchase, actor=OTHER_STAFF)
        entries = AuditEntry.objects.count()

        assert declare(shop, purchase, actor=OTHER_STAFF).is_done

        assert AuditEntry.objects.count() == entries
        check_books()

    def test_is_left_alone_while_a_send_may_still_arrive(self, shop):
        shop.supplier.fault("drop_before_accept", times=None)
        shop.order(shop.partner(), (shop.products()[0], 2))
        shop.round()
        shop.pass_time(60)

        with pytest.raises(StateConflictError, match="may still arrive"):
            declare(shop, Purchase.objects.get())

    def test_is_delivered_instead_when_the_supplier_shows_it_after_all(self, shop):
        shop.supplier.fault("accept_then_drop")
        shop.supplier.fault("hide_order", delay=200)
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 2))
        shop.round()
        shop.pass_time(190)
        purchase = Purchase.objects.get()
        declare(shop, purchase)
        shop.pass_time(20)

        with pytest.raises(StateConflictError, match="has it after all"):
            declare(shop, purchase, actor=OTHER_STAFF)

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert Wallet.objects.get(partner=partner).available == Decimal(80)
        check_books()

    def test_stays_as_it_is_while_the_supplier_cannot_be_asked(self, shop):
        purchase = never_arrived(shop, (shop.partner(), shop.products()[0], 2))
        shop.supplier.fault("500", endpoint="order")

        with pytest.raises(UnavailableError) as refusal:
            declare(shop, purchase)

        assert refusal.value.extra["supplier_error"]
        assert Purchase.objects.get().proposed_by == ""

    def test_needs_a_reason(self, shop):
        purchase = never_arrived(shop, (shop.partner(), shop.products()[0], 2))

        with pytest.raises(InvalidRequestError):
            declare(shop, purchase, reason="  ")

    def test_that_was_accepted_late_all_the_same_comes_back_to_the_list(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        send = claiming.claim("live")
        shop.pass_time(61)
        shop.read()
        Purchase.objects.update(status=PurchaseStatus.UNKNOWN, lease_token=None)
        shop.pass_time(300)
        purchase = Purchase.objects.get()
        declare(shop, purchase)
        declare(shop, purchase, actor=OTHER_STAFF)

        answers.record(send, Answer(AttemptConclusion.PLACED, readable=True))

        purchase.refresh_from_db()
        assert purchase.review_closed_at is None
        assert purchase.review_reason == "accepted after its lease, in another state"


class TestAPurchaseWithoutDoubt:
    def test_is_ended_by_one_person(self, shop):
        shop.supplier.fault("refuse", code="CardsLimitExceeded")
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 2))
        shop.round()
        shop.pass_time(300)
        purchase = Purchase.objects.get()
        assert (purchase.doubt, purchase.frozen_at is None) == (0, False)

        assert declare(shop, purchase).is_done

        purchase.refresh_from_db()
        assert (purchase.frozen_at, purchase.review_closed_at is None) == (None, False)
        assert Wallet.objects.get(partner=partner).available == Decimal(100)
        check_books()


class TestAPurchaseWhoseOutcomeIsKnown:
    def test_is_refused(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 2))
        shop.work()

        with pytest.raises(StateConflictError, match="settled"):
            declare(shop, Purchase.objects.get())
