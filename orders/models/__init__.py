"""Orders and lines, purchases from the supplier, and the cards that came of them."""

from orders.models.card import Card
from orders.models.order import Order, OrderItem, OrderType
from orders.models.purchase import (
    AttemptConclusion,
    PartnerTurn,
    ProductSlot,
    Purchase,
    PurchaseAttempt,
    SoloProduct,
)

__all__ = [
    "AttemptConclusion",
    "Card",
    "Order",
    "OrderItem",
    "OrderType",
    "PartnerTurn",
    "ProductSlot",
    "Purchase",
    "PurchaseAttempt",
    "SoloProduct",
]
