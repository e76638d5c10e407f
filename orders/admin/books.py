"""Comparisons with the supplier's books and exported reports, to look at."""

from django.contrib import admin

from orders.models import (
    Reconciliation,
    ReconciliationDifference,
    ReconciliationFigure,
    ReportExport,
    ReportExportPart,
    SupplierTransaction,
)
from steller.read_only import ReadOnlyAdmin, ReadOnlyInline


class _FigureInline(ReadOnlyInline):
    model = ReconciliationFigure
    fields = ("currency", "charged", "recorded", "other", "timing", "resolved", "unexplained")
    readonly_fields = fields


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """Comparisons with the supplier's books, the latest first."""

    list_display = (
        *("id", "mode", "first_day", "last_day", "status", "error_code", "lines_read", "lines_new"),
        *("purchases_checked", "requested_by", "finished_at"),
    )
    list_filter = ("status", "mode")
    inlines = (_FigureInline,)


@admin.register(ReconciliationFigure)
class ReconciliationFigureAdmin(ReadOnlyAdmin):
    """What runs came to, currency by currency."""

    list_display = ("run", "currency", "charged", "recorded", "other", "timing", "resolved", "unexplained")
    list_filter = ("currency",)
    list_select_related = ("run",)
    ordering = ("-run", "currency")


@admin.register(ReconciliationDifference)
class ReconciliationDifferenceAdmin(ReadOnlyAdmin):
    """What differs, and who explained it."""

    list_display = (
        *("id", "kind", "mode", "currency", "amount", "detail", "purchase", "line"),
        *("cleared_at", "resolved_at", "resolved_by"),
    )
    list_filter = (
        "kind",
        "mode",
        ("cleared_at", admin.EmptyFieldListFilter),
        ("resolved_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("purchase", "line")
    search_fields = ("=purchase__supplier_request_id", "=line__transaction_id", "=line__request_id")
    exclude = ("runs",)


@admin.register(SupplierTransaction)
class SupplierTransactionAdmin(ReadOnlyAdmin):
    """Lines of the supplier's transactions report, as they were when they were first seen."""

    list_display = ("transaction_id", "mode", "type", "request_id", "currency", "amount", "balance", "happened_at")
    list_filter = ("mode", "is_charge", "currency")
    search_fields = ("=transaction_id", "=request_id", "=supplier_order_id")


@admin.register(ReportExport)
class ReportExportAdmin(ReadOnlyAdmin):
    """Files of reports: who took which data out."""

    list_display = ("report", "mode", "requested_by", "status", "rows_done", "rows_total", "created_at", "expires_at")
    list_filter = ("report", "status", "mode")


@admin.register(ReportExportPart)
class ReportExportPartAdmin(ReadOnlyAdmin):
    """Which parts of files are kept; what is in them is read through the file's own address."""

    list_display = ("export", "position")
    list_select_related = ("export",)
    exclude = ("content",)
