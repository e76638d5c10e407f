"""Missing cards declared as not coming: what came is delivered and paid, the rest released, nothing lost."""

from decimal import Decimal

import pytest

from orders.models import Card, Order, OrderItem, Purchase
from orders.services import checking, deciding
from orders.states import LineStatus, OrderStatus, PurchaseStatus
from steller.errors import StateConflictError
from tests.integration.deciding.stuck import OTHER_STAFF, STAFF, WHY, cards_missing, client_of
from tests.shop import check_books
from wallets.models import Wallet


def declare(shop, purchase, *, actor=STAFF):
    return deciding.declare_not_coming(client_of=client_of(shop), purchase_id=purchase.pk, actor=actor, reason=WHY)


class TestCardsThatASupplierCalledFinalOwes:
    def test_are_released_and_the_others_delivered(self, shop):
        partner = shop.partner(fund="100")
        _, purchase = cards_missing(shop, partner, shop.products()[0], 3)

        assert declare(shop, purchase).is_done

        purchase.refresh_from_db()
        assert purchase.status == PurchaseStatus.SETTLED
        assert purchase.review_closed_at is not None
        line = OrderItem.objects.get()
        assert (line.status, line.delivered, line.error) == (LineStatus.PARTIALLY_DELIVERED, 2, "not_delivered")
        wallet = Wallet.objects.get(partner=partner)
        assert (wallet.available, wallet.held) == (Decimal(80), Decimal(0))
        check_books()

    def test_are_released_once(self, shop):
        _, purchase = cards_missing(shop, shop.partner(), shop.products()[0], 3)
        declare(shop, purchase)

        assert declare(shop, purchase).is_done

        check_books()

    def test_are_waited_for_while_the_review_list_does_not_ask(self, shop):
        shop.supplier.fault("missing_cards", cards=1, times=None)
        shop.supplier.fault("overcharge", times=None)
        shop.order(shop.partner(), (shop.products()[0], 3))
        shop.work(minutes=2)

        with pytest.raises(StateConflictError, match="still being read"):
            declare(shop, Purchase.objects.get())

    def test_that_come_after_all_are_kept_for_a_person(self, shop):
        _, purchase = cards_missing(shop, shop.partner(), shop.products()[0], 3)
        shop.supplier.control.delete("/_control/faults")
        late = shop.supplier.client.order(request_id=purchase.supplier_request_id)
        declare(shop, purchase)
        sold = late.items[0].cards[0]
        fresh = type(sold)(
            id=999_999, serial_number="S-1", card_code="LATE-CODE", pin=None, expires_at=None, status=sold.status
        )
        item = late.items[0]
        shown = type(item)(item.product_id, item.face_value, item.quantity, item.status, (*item.cards, fresh))
        view = type(late)(**{**{name: getattr(late, name) for name in late.__slots__}, "items": (shown,)})

        checking.record_view(purchase.pk, view)

        card = Card.objects.get(supplier_card_id=999_999)
        assert card.item_id is None
        assert "LATE" not in card.code
        purchase.refresh_from_db()
        assert (purchase.review_reason, purchase.review_closed_at) == ("cards came after its end", None)
        check_books()


class TestCardsOfAnOrderThatIsNotFinal:
    def test_take_two_people(self, shop):
        partner = shop.partner(fund="100")
        _, purchase = cards_missing(shop, partner, shop.products()[0], 3, final=False)

        assert not declare(shop, purchase).is_done
        assert not declare(shop, purchase).is_done
        assert Wallet.objects.get(partner=partner).held == Decimal(30)
        assert declare(shop, purchase, actor=OTHER_STAFF).is_done

        assert Order.objects.get().status == OrderStatus.PARTIALLY_FAILED
        assert Wallet.objects.get(partner=partner).available == Decimal(80)
        check_books()
