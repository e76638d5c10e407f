"""What people mean to order: carts and uploaded files, to look at."""

from django.contrib import admin

from orders.models import BulkOrder, BulkPart, BulkRow, Cart, CartLine
from steller.read_only import ReadOnlyAdmin


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin):
    """Carts, by their owner."""

    list_display = ("user", "currency", "updated_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__partner__name")


@admin.register(CartLine)
class CartLineAdmin(ReadOnlyAdmin):
    """What lies in carts."""

    list_display = ("cart", "product", "face_value", "quantity")
    list_select_related = ("cart", "product")
    search_fields = ("cart__user__email", "product__name")


@admin.register(BulkOrder)
class BulkOrderAdmin(ReadOnlyAdmin):
    """Uploaded files, the latest first."""

    list_display = ("file_name", "partner", "mode", "status", "cards", "total", "currency", "created_at", "created_by")
    list_filter = ("status", "mode")
    list_select_related = ("partner",)
    search_fields = ("file_name", "partner__name")
    date_hierarchy = "created_at"


@admin.register(BulkPart)
class BulkPartAdmin(ReadOnlyAdmin):
    """The orders of uploaded files, and those that were refused."""

    list_display = ("bulk", "position", "status", "expected_total", "order", "error")
    list_filter = ("status",)
    list_select_related = ("bulk", "order")
    search_fields = ("=request_id", "bulk__file_name")


@admin.register(BulkRow)
class BulkRowAdmin(ReadOnlyAdmin):
    """The rows of uploaded files as they were read."""

    list_display = ("bulk", "number", "product", "face_value", "quantity", "unit_price", "error")
    list_select_related = ("bulk", "product")
    search_fields = ("bulk__file_name", "error")
