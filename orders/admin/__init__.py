"""Staff pages for orders, purchases and cards; for carts and uploaded files."""

from orders.admin import baskets, orders

__all__ = ["baskets", "orders"]
