"""Staff pages for money: to look at; money itself only moves through the services."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from partners.admin import AuditedAdmin
from steller.read_only import ReadOnlyAdmin
from wallets.models import Currency, ExchangeRate, Hold, RateChange, Wallet, WalletEntry


@admin.register(Currency)
class CurrencyAdmin(ReadOnlyAdmin):
    """The currencies of ISO 4217."""

    list_display = ("code", "name", "minor_units")
    search_fields = ("code", "name")


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadOnlyAdmin):
    """The rates that prices are made with."""

    list_display = ("base", "currency", "value", "read_at")
    list_filter = ("base",)
    list_select_related = ("base", "currency")


@admin.register(RateChange)
class RateChangeAdmin(ReadOnlyAdmin):
    """What rates were: each change, the latest first; orders keep the rate that they were priced with."""

    list_display = ("base", "currency", "value", "read_at")
    list_filter = ("base", ("read_at", admin.DateFieldListFilter))
    list_select_related = ("base", "currency")
    search_fields = ("=currency__code",)
    date_hierarchy = "read_at"


@admin.register(Wallet)
class WalletAdmin(AuditedAdmin):
    """Balances to read; only the threshold for the low-balance warning can be set here."""

    list_display = ("id", "partner", "currency", "type", "mode", "available", "held")
    list_filter = ("mode", "currency")
    list_select_related = ("partner", "currency")
    search_fields = ("partner__name", "partner__email")
    readonly_fields = (
        *("partner", "currency", "type", "mode", "available", "held", "version"),
        *AuditedAdmin.readonly_fields,
    )

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse: wallets are opened by the service."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save the threshold alone, so that a balance that moved meanwhile is not overwritten."""
        Wallet.objects.filter(pk=obj.pk).update(low_balance_threshold=obj.low_balance_threshold)
        self.write_audit(request, obj, form, change=change)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Money set aside, and what became of it."""

    list_display = ("id", "wallet", "reference", "amount", "captured", "released", "created_at", "settled_at")
    list_filter = (("settled_at", admin.EmptyFieldListFilter),)
    list_select_related = ("wallet",)
    search_fields = ("reference",)
    ordering = ("-id",)


@admin.register(WalletEntry)
class WalletEntryAdmin(ReadOnlyAdmin):
    """The ledger, the latest entry first."""

    list_display = (
        *(
            "id",
            "wallet",
            "version",
            "kind",
            "available_delta",
            "held_delta",
            "available_after",
            "held_after",
        ),
        *("reference", "actor", "created_at"),
    )
    list_filter = ("kind",)
    list_select_related = ("wallet",)
    search_fields = ("reference", "actor")
    ordering = ("-id",)
