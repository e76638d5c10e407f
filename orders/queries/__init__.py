"""What orders a partner has, and the cards that came of them."""

from orders.queries.orders import RevealedCard, is_final, order_of, orders_of, revealed_cards, search

__all__ = ["RevealedCard", "is_final", "order_of", "orders_of", "revealed_cards", "search"]
