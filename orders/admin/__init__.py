"""Staff pages for orders, purchases and cards; carts and files; the supplier's books and reports; suspensions."""

from orders.admin import baskets, books, orders, partners

__all__ = ["baskets", "books", "orders", "partners"]
