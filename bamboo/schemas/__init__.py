"""What the supplier's answers contain, as frozen values: the border between its words and ours.

Each class reads itself from decoded JSON (`read`), tolerant of missing optional fields, null lists, numbers sent as
strings and either casing of keys. What cannot be understood raises `UnreadableAnswer`; nothing is made up.
"""

from bamboo.schemas.accounts import Account, ExchangeRates
from bamboo.schemas.catalog import Brand, BrokenBrand, CatalogPage, Category, Country, Price, Product
from bamboo.schemas.fields import UnreadableAnswer, timestamp
from bamboo.schemas.notifications import NotificationSettings
from bamboo.schemas.orders import Card, CardStatus, CheckoutEntry, Order, OrderItem, OrderStatus
from bamboo.schemas.transactions import Transaction, TransactionReport

__all__ = [
    "Account",
    "Brand",
    "BrokenBrand",
    "Card",
    "CardStatus",
    "CatalogPage",
    "Category",
    "CheckoutEntry",
    "Country",
    "ExchangeRates",
    "NotificationSettings",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Price",
    "Product",
    "Transaction",
    "TransactionReport",
    "UnreadableAnswer",
    "timestamp",
]
