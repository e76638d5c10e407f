"""What orders a partner has, and the cards that came of them; what our staff see of all of them."""

from orders.queries.orders import RevealedCard, any_order, is_final, order_of, orders_of, revealed_cards, search
from orders.queries.review import (
    Pile,
    Review,
    a_purchase,
    duplicate_cards,
    lines_on_hold,
    purchases_to_review,
    review,
    surplus_cards,
)
from orders.queries.staff import StaffOrder, purchases_for, staff_order, staff_orders
from orders.queries.supply import Supply, supply
from orders.queries.work import OpenWork, open_work_of

__all__ = [
    "OpenWork",
    "Pile",
    "RevealedCard",
    "Review",
    "StaffOrder",
    "Supply",
    "a_purchase",
    "any_order",
    "duplicate_cards",
    "is_final",
    "lines_on_hold",
    "open_work_of",
    "order_of",
    "orders_of",
    "purchases_for",
    "purchases_to_review",
    "revealed_cards",
    "review",
    "search",
    "staff_order",
    "staff_orders",
    "supply",
    "surplus_cards",
]
