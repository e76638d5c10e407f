"""Purchases in the states that only a person can end, made by the sandbox supplier's faults."""

from orders.models import Purchase
from orders.states import PurchaseStatus

STAFF, OTHER_STAFF = "user:1", "user:2"
WHY = "Ticket 4711 of the supplier"


def client_of(shop):
    return lambda _mode: shop.supplier.client


def never_arrived(shop, *orders):
    """Send a checkout that the supplier never took, until nobody knows its outcome and no send can arrive."""
    shop.supplier.fault("drop_before_accept", times=None)
    for partner, product, quantity in orders:
        shop.order(partner, (product, quantity))
    shop.round()
    shop.pass_time(300)
    purchase = Purchase.objects.get()
    assert (purchase.status, purchase.doubt) == (PurchaseStatus.UNKNOWN, 1)
    return purchase


def cards_missing(shop, partner, product, quantity, *, final=True):
    """Let the supplier keep one card back and charge for it: a review opens after a quarter of an hour, or an hour."""
    if final:
        shop.supplier.fault("missing_cards", cards=1, times=None)
        shop.supplier.fault("overcharge", times=None)
    else:
        shop.supplier.fault("paused_card", cards=1, delay=864000, times=None)
    placed = shop.order(partner, (product, quantity))
    shop.work(minutes=70, step=120)
    purchase = Purchase.objects.get(lines__order=placed.order)
    assert purchase.review_at is not None
    return placed, purchase


__all__ = ["OTHER_STAFF", "STAFF", "WHY", "cards_missing", "client_of", "never_arrived"]
