"""Staff pages for money: tables to look at, and forms and actions that call the services which move it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from steller.errors import DomainError
from steller.read_only import ReadOnlyAdmin
from steller.through_services import RECORDED, ReasonForm, ThroughServicesAdmin, actor_of
from wallets import services as wallets
from wallets.models import (
    Adjustment,
    Currency,
    ExchangeRate,
    Hold,
    MoneyRequest,
    RateChange,
    TopUp,
    Wallet,
    WalletEntry,
)


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
class WalletAdmin(ThroughServicesAdmin):
    """Balances to read; opening a wallet and setting its low-balance threshold are the only changes."""

    list_display = ("id", "partner", "currency", "type", "mode", "available", "held", "low_balance_threshold")
    list_filter = ("mode", "type", "currency")
    list_select_related = ("partner", "currency")
    search_fields = ("id", "partner__name", "partner__email")
    autocomplete_fields = ("partner", "currency")
    _what = ("partner", "currency", "type", "mode")
    readonly_fields = ("available", "held", "version", "low_balance_told_at", *RECORDED)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep what a wallet is for once it is open."""
        fixed = super().get_readonly_fields(request, obj)
        return (*self._what, *fixed) if obj else fixed

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Open the wallet, or set its threshold alone: a balance that moved meanwhile is not overwritten."""
        if not change:
            obj.pk = wallets.open_further_wallet(
                partner_id=obj.partner_id,
                currency=obj.currency_id,
                type=obj.type,
                mode=obj.mode,
                actor=actor_of(request),
            )
        threshold = obj.low_balance_threshold
        if change or threshold is not None:
            wallets.set_threshold(wallet_id=obj.pk, threshold=threshold, actor=actor_of(request))


class MoneyRequestAdmin(ThroughServicesAdmin, ReadOnlyAdmin):
    """Requests for money: recorded by the form, decided by actions, each by the service of its kind."""

    list_display = (
        *("id", "wallet", "currency", "amount", "reference", "status", "created_at", "created_by"),
        *("first_approved_by", "decided_by", "decided_at"),
    )
    list_filter = ("status", "wallet__currency")
    list_select_related = ("wallet",)
    search_fields = ("reference", "wallet__partner__name", "created_by")
    autocomplete_fields = ("wallet",)
    actions = ("approve", "reject")
    action_form = ReasonForm
    # Whoever has it records and decides.
    permission: ClassVar[str]
    _asked = ("wallet", "amount", "reference", "reason")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may record what moves money."""
        return request.user.has_perm(self.permission)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may decide."""
        return request.user.has_perm(self.permission)

    def currency(self, request: MoneyRequest) -> str:
        """Name the wallet's currency."""
        return request.wallet.currency_id

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for what a person knows; show everything afterwards."""
        return super().get_fields(request, obj) if obj else self._asked

    @admin.action(description="Approve, and book unless a second person has to", permissions=["decide"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Approve the chosen requests."""
        self._decide(request, chosen, self.approved)

    @admin.action(description="Reject, with the reason", permissions=["decide"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Reject the chosen requests."""
        self._decide(request, chosen, self.rejected)

    def approved(self, request_id: int, **by: str) -> MoneyRequest:
        """Approve one; `by` says who and why."""
        raise NotImplementedError

    def rejected(self, request_id: int, **by: str) -> MoneyRequest:
        """Reject one; `by` says who and why."""
        raise NotImplementedError

    def _decide(self, request: HttpRequest, chosen: QuerySet[Any], decide: Callable[..., MoneyRequest]) -> None:
        actor, reason = actor_of(request), request.POST.get("reason", "")
        for money_request in chosen.order_by("pk"):
            try:
                done = decide(money_request.pk, actor=actor, reason=reason)
            except DomainError as refusal:
                self.message_user(request, f"{money_request}: {refusal.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{money_request}: {done.get_status_display()}", messages.SUCCESS)


@admin.register(TopUp)
class TopUpAdmin(MoneyRequestAdmin):
    """Money that partners paid in."""

    permission = "wallets.approve_topup"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Record the top-up, and book it if that needs no second person."""
        asked = wallets.record_top_up(
            wallet_id=obj.wallet_id,
            amount=obj.amount,
            reference=obj.reference,
            note=obj.reason,
            actor=actor_of(request),
        )
        obj.pk = asked.request.pk

    def approved(self, request_id: int, **by: str) -> MoneyRequest:
        """Approve a top-up."""
        return wallets.approve_top_up(top_up_id=request_id, **by)

    def rejected(self, request_id: int, **by: str) -> MoneyRequest:
        """Reject a top-up."""
        return wallets.reject_top_up(top_up_id=request_id, **by)


@admin.register(Adjustment)
class AdjustmentAdmin(MoneyRequestAdmin):
    """Corrections of balances."""

    permission = "wallets.adjust_wallet"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Record the adjustment, and book it if that needs no second person."""
        asked = wallets.record_adjustment(
            wallet_id=obj.wallet_id,
            amount=obj.amount,
            reference=obj.reference,
            reason=obj.reason,
            actor=actor_of(request),
        )
        obj.pk = asked.request.pk

    def approved(self, request_id: int, **by: str) -> MoneyRequest:
        """Approve an adjustment."""
        return wallets.approve_adjustment(adjustment_id=request_id, **by)

    def rejected(self, request_id: int, **by: str) -> MoneyRequest:
        """Reject an adjustment."""
        return wallets.reject_adjustment(adjustment_id=request_id, **by)


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
        *("id", "wallet", "version", "kind", "available_delta", "held_delta", "available_after", "held_after"),
        *("reference", "actor", "created_at"),
    )
    list_filter = ("kind",)
    list_select_related = ("wallet",)
    search_fields = ("reference", "actor", "wallet__partner__name")
    ordering = ("-id",)
