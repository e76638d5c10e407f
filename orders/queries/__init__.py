"""What orders a partner has, and the cards that came of them; what our staff see of all of them."""

from orders.queries.bulk import bulk_order_of, bulk_orders_of, bulk_parts, bulk_rows
from orders.queries.carts import cart_lines, cart_size
from orders.queries.orders import (
    MaskedCard,
    RevealedCard,
    any_order,
    is_final,
    masked_cards,
    order_of,
    orders_of,
    revealed_cards,
    search,
)
from orders.queries.review import (
    Pile,
    Review,
    Stake,
    a_purchase,
    cards_without_line,
    duplicate_cards,
    lines_on_hold,
    purchases_to_review,
    review,
    stakes,
    surplus_cards,
)
from orders.queries.spending import orders_of_holds, spending
from orders.queries.staff import StaffOrder, purchases_for, staff_order, staff_orders
from orders.queries.supply import Supply, supply
from orders.queries.work import OpenWork, open_work_of, waiting_cards

__all__ = [
    "MaskedCard",
    "OpenWork",
    "Pile",
    "RevealedCard",
    "Review",
    "StaffOrder",
    "Stake",
    "Supply",
    "a_purchase",
    "any_order",
    "bulk_order_of",
    "bulk_orders_of",
    "bulk_parts",
    "bulk_rows",
    "cards_without_line",
    "cart_lines",
    "cart_size",
    "duplicate_cards",
    "is_final",
    "lines_on_hold",
    "masked_cards",
    "open_work_of",
    "order_of",
    "orders_of",
    "orders_of_holds",
    "purchases_for",
    "purchases_to_review",
    "revealed_cards",
    "review",
    "search",
    "spending",
    "staff_order",
    "staff_orders",
    "stakes",
    "supply",
    "surplus_cards",
    "waiting_cards",
]
