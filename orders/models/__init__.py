"""Carts and files of orders to be, orders and lines, purchases, the cards that came of them, and reports about them."""

from orders.models.bulk import BulkOrder, BulkPart, BulkRow, BulkStatus, PartStatus
from orders.models.card import Card, CardRefund, masked
from orders.models.cart import Cart, CartLine
from orders.models.export import ExportStatus, ReportExport, ReportExportPart, ReportName
from orders.models.order import Order, OrderItem, OrderType
from orders.models.purchase import (
    AttemptConclusion,
    Decision,
    PartnerTurn,
    ProductSlot,
    Purchase,
    PurchaseAttempt,
    SoloProduct,
)
from orders.models.reconciliation import (
    DifferenceKind,
    Reconciliation,
    ReconciliationDifference,
    ReconciliationFigure,
    ReconciliationStatus,
    SupplierTransaction,
)

__all__ = [
    "AttemptConclusion",
    "BulkOrder",
    "BulkPart",
    "BulkRow",
    "BulkStatus",
    "Card",
    "CardRefund",
    "Cart",
    "CartLine",
    "Decision",
    "DifferenceKind",
    "ExportStatus",
    "Order",
    "OrderItem",
    "OrderType",
    "PartStatus",
    "PartnerTurn",
    "ProductSlot",
    "Purchase",
    "PurchaseAttempt",
    "Reconciliation",
    "ReconciliationDifference",
    "ReconciliationFigure",
    "ReconciliationStatus",
    "ReportExport",
    "ReportExportPart",
    "ReportName",
    "SoloProduct",
    "SupplierTransaction",
    "masked",
]
