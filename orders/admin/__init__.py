"""Staff pages for orders, purchases and cards; for carts and uploaded files; for the supplier's books and reports."""

from orders.admin import baskets, books, orders

__all__ = ["baskets", "books", "orders"]
