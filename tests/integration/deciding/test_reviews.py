"""Reviews closed as looked at, and purchases read again at a person's wish."""

import pytest

from orders.models import Card, OrderItem, Purchase
from orders.services import deciding, review
from orders.states import LineStatus, PurchaseStatus
from partners.models import AuditEntry
from steller.errors import NotFoundError, StateConflictError
from tests.integration.deciding.stuck import STAFF, WHY, cards_missing, client_of, never_arrived
from tests.shop import check_books


def close(purchase):
    return deciding.close_review(purchase_id=purchase.pk, actor=STAFF, reason=WHY)


def read_again(shop, purchase):
    return deciding.read_again(client_of=client_of(shop), purchase_id=purchase.pk, actor=STAFF, reason=WHY)


def frozen(shop):
    shop.supplier.fault("refuse", code="CardsLimitExceeded")
    shop.order(shop.partner(), (shop.products()[0], 2))
    shop.round()
    return Purchase.objects.get(frozen_at__isnull=False)


class TestClosing:
    def test_takes_a_purchase_off_the_list_once(self, shop):
        _, purchase = cards_missing(shop, shop.partner(), shop.products()[0], 3)

        close(purchase)
        close(purchase)

        entry = AuditEntry.objects.get(action="purchase.review.close")
        assert (entry.actor, entry.reason) == (STAFF, WHY)
        assert entry.before == {"review_reason": "final at the supplier, but cards are missing"}

    def test_of_what_goes_on_lasts_a_day(self, shop):
        _, purchase = cards_missing(shop, shop.partner(), shop.products()[0], 3)
        close(purchase)

        shop.pass_time(3600)
        shop.read()
        purchase.refresh_from_db()
        assert purchase.review_closed_at is not None

        shop.pass_time(review.ASK_AGAIN_AFTER.total_seconds())
        shop.read()
        purchase.refresh_from_db()
        assert purchase.review_closed_at is None

    def test_is_refused_while_the_purchase_is_frozen(self, shop):
        with pytest.raises(StateConflictError, match="frozen"):
            close(frozen(shop))

    def test_of_nothing_is_not_found(self, shop):
        with pytest.raises(NotFoundError):
            deciding.close_review(purchase_id="0b7c2f0e-6f0a-4a55-9a43-5a4f0a1c9a11", actor=STAFF, reason=WHY)


class TestReadingAgain:
    def test_unfreezes_a_purchase_and_lets_it_be_read_at_once(self, shop):
        purchase = frozen(shop)
        assert shop.read() == 0

        read_again(shop, purchase)

        assert shop.read() == 1
        assert AuditEntry.objects.get(action="purchase.read_again").before == {"frozen": True, "status": "unknown"}

    def test_of_a_purchase_that_is_over_keeps_its_late_cards(self, shop):
        partner = shop.partner()
        shop.supplier.fault("accept_then_drop")
        shop.supplier.fault("hide_order", delay=400)
        shop.order(partner, (shop.products()[0], 2))
        shop.round()
        shop.pass_time(300)
        purchase = Purchase.objects.get()
        for actor in ("user:1", "user:2"):
            deciding.declare_not_bought(
                client_of=client_of(shop), purchase_id=purchase.pk, lines="fail", actor=actor, reason=WHY
            )
        assert OrderItem.objects.get().status == LineStatus.FAILED
        shop.pass_time(200)

        read_again(shop, purchase)

        assert Card.objects.filter(item__isnull=True).count() == 2
        purchase.refresh_from_db()
        assert (purchase.status, purchase.review_closed_at) == (PurchaseStatus.REFUSED, None)
        check_books()

    def test_of_a_purchase_that_was_never_sent_is_refused(self, shop):
        purchase = never_arrived(shop, (shop.partner(), shop.products()[0], 1))
        Purchase.objects.update(status=PurchaseStatus.PLANNED, doubt=0)

        with pytest.raises(StateConflictError, match="not been sent"):
            read_again(shop, purchase)
