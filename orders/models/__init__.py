"""Orders and lines, purchases from the supplier, the cards that came of them, and what is reported about them."""

from orders.models.card import Card, CardRefund, masked
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
    "Card",
    "CardRefund",
    "Decision",
    "DifferenceKind",
    "ExportStatus",
    "Order",
    "OrderItem",
    "OrderType",
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
