"""Staff pages for the supplier's accounts and the shared limiter: to look at."""

from django.contrib import admin

from bamboo.models import Account, Limiter, ProductHint, ReceivedCallback
from steller.read_only import ReadOnlyAdmin


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Our funding accounts at the supplier."""

    list_display = ("supplier_id", "mode", "currency", "balance", "is_active", "sandbox_mode", "read_at")
    list_filter = ("mode", "currency", "is_active")


@admin.register(Limiter)
class LimiterAdmin(ReadOnlyAdmin):
    """When each endpoint may be called next."""

    list_display = ("key", "mode", "next_at", "blocked_until", "reason")
    list_filter = ("mode",)


@admin.register(ReceivedCallback)
class ReceivedCallbackAdmin(ReadOnlyAdmin):
    """The supplier's callbacks of the last day."""

    list_display = ("key", "received_at")
    search_fields = ("key",)


@admin.register(ProductHint)
class ProductHintAdmin(ReadOnlyAdmin):
    """Products that the supplier says have changed and that were not read yet."""

    list_display = ("supplier_id", "hinted_at")
    search_fields = ("supplier_id",)
