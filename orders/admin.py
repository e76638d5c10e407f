"""Staff pages for orders and purchases: to look at. Codes and pins of cards are never shown."""

from django.contrib import admin

from orders.models import (
    Card,
    Order,
    OrderItem,
    PartnerTurn,
    ProductSlot,
    Purchase,
    PurchaseAttempt,
    SoloProduct,
)
from steller.read_only import ReadOnlyAdmin, ReadOnlyInline


class _LineInline(ReadOnlyInline):
    model = OrderItem
    fk_name = "order"
    fields = (
        *("position", "product_name", "face_value", "currency", "quantity", "sale_amount", "status"),
        *("delivered", "captured_amount", "released_amount", "error"),
    )
    readonly_fields = fields


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders, the latest first."""

    list_display = (
        "number",
        "partner",
        "status",
        "mode",
        "type",
        "currency",
        "sale_total",
        "created_at",
        "settled_at",
    )
    list_filter = ("status", "mode", "type", "currency")
    list_select_related = ("partner",)
    search_fields = ("=number", "=id", "=request_id", "reference", "partner__name")
    date_hierarchy = "created_at"
    exclude = ("fingerprint",)
    inlines = (_LineInline,)


@admin.register(OrderItem)
class OrderItemAdmin(ReadOnlyAdmin):
    """Lines, with the price that they were sold at and what they cost."""

    list_display = (
        "order",
        "partner",
        "product_name",
        "face_value",
        "quantity",
        "sale_amount",
        "status",
        "queued_at",
    )
    list_filter = ("status", "currency")
    list_select_related = ("order", "partner")
    search_fields = ("=id", "=order__number", "product_name")
    ordering = ("-queued_at",)


@admin.register(Card)
class CardAdmin(ReadOnlyAdmin):
    """Cards without what makes them worth stealing."""

    list_display = (
        "id",
        "item",
        "purchase",
        "supplier_card_id",
        "face_value",
        "status",
        "is_duplicate",
        "created_at",
    )
    list_filter = ("is_duplicate", ("item", admin.EmptyFieldListFilter))
    list_select_related = ("item", "purchase")
    search_fields = ("=id", "=supplier_card_id", "=item__order__number")
    exclude = ("code", "pin", "code_index", "serial_number")
    ordering = ("-created_at",)


class _AttemptInline(ReadOnlyInline):
    model = PurchaseAttempt
    fields = ("sent_at", "answered_at", "conclusion", "error_code", "fenced")
    readonly_fields = fields


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    """Supplier orders with every send."""

    list_display = (
        *("supplier_request_id", "supplier_order_id", "account", "status", "doubt", "sends", "created_at"),
        *("final_at", "review_reason"),
    )
    list_filter = ("status", "mode", ("review_at", admin.EmptyFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("=supplier_request_id", "=supplier_order_id", "=id")
    inlines = (_AttemptInline,)


@admin.register(PurchaseAttempt)
class PurchaseAttemptAdmin(ReadOnlyAdmin):
    """Every send of a RequestId, and its answer."""

    list_display = ("purchase", "sent_at", "answered_at", "conclusion", "error_code", "fenced")
    list_filter = ("conclusion", "fenced")
    list_select_related = ("purchase",)
    search_fields = ("=purchase__supplier_request_id",)
    ordering = ("-id",)


@admin.register(ProductSlot)
class ProductSlotAdmin(ReadOnlyAdmin):
    """Sends that count against a product's limit."""

    list_display = ("product", "mode", "sent_at", "busy_until")
    list_select_related = ("product",)
    ordering = ("-id",)


@admin.register(PartnerTurn)
class PartnerTurnAdmin(ReadOnlyAdmin):
    """Where partners stand in the fair order."""

    list_display = ("partner", "account", "turn")
    list_select_related = ("partner", "account")
    search_fields = ("partner__name",)


@admin.register(SoloProduct)
class SoloProductAdmin(ReadOnlyAdmin):
    """Products that are bought alone for a while, because the supplier refused a group with them."""

    list_display = ("product", "mode", "until")
    list_select_related = ("product",)
