"""Staff pages for orders and purchases: to look at; codes and pins of cards are never shown.

What changes anything is an action that calls the same service as the API, with the same permission.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from bamboo import conf
from orders.models import (
    Card,
    CardRefund,
    Order,
    OrderItem,
    PartnerTurn,
    ProductSlot,
    Purchase,
    PurchaseAttempt,
    SoloProduct,
)
from orders.services import cancelling, deciding
from steller.errors import DomainError
from steller.read_only import ReadOnlyAdmin, ReadOnlyInline
from steller.through_services import actor_of

_REASON = "In the admin pages"


class _DecidingAdmin(ReadOnlyAdmin):
    """Read-only rows with decisions as actions; each is checked against a permission of the orders app."""

    def _decide(self, request: HttpRequest, chosen: QuerySet[Any], decide: Callable[[Any], object]) -> None:
        """Decide of each row by itself: one that is refused does not hold up the others."""
        done = 0
        for row in chosen:
            try:
                decide(row)
            except DomainError as refusal:
                self.message_user(request, f"{row}: {refusal.detail}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, f"Done: {done}.", messages.SUCCESS)

    def has_cancel_order_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may cancel orders."""
        return request.user.has_perm("orders.cancel_order")

    def has_review_purchase_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may decide what the review list asks."""
        return request.user.has_perm("orders.review_purchase")


class _LineInline(ReadOnlyInline):
    model = OrderItem
    fk_name = "order"
    fields = (
        *("position", "product_name", "face_value", "currency", "quantity", "sale_amount", "status"),
        *("delivered", "captured_amount", "released_amount", "on_hold_reason", "error"),
    )
    readonly_fields = fields


@admin.register(Order)
class OrderAdmin(_DecidingAdmin):
    """Orders, the latest first."""

    list_display = (
        "number",
        "partner",
        "status",
        "mode",
        "type",
        "currency",
        "sale_total",
        "reference",
        "created_at",
        "settled_at",
    )
    list_filter = ("status", "mode", "type", "currency", ("retry_of", admin.EmptyFieldListFilter))
    list_select_related = ("partner",)
    search_fields = (
        *("=number", "=id", "=request_id", "reference", "partner__name"),
        *("=items__purchase__supplier_request_id", "=items__purchase__supplier_order_id"),
    )
    search_help_text = "Number, id, request id, reference, partner; our purchase's request id, supplier's order number"
    date_hierarchy = "created_at"
    exclude = ("fingerprint",)
    inlines = (_LineInline,)
    actions = ("cancel",)

    @admin.action(description="Cancel what is not being bought yet", permissions=["cancel_order"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[Order]) -> None:
        """Cancel the chosen orders."""
        self._decide(
            request,
            chosen,
            lambda order: cancelling.cancel_order(
                partner_id=None, order_id=order.pk, actor=actor_of(request), reason=_REASON
            ),
        )


@admin.register(OrderItem)
class OrderItemAdmin(_DecidingAdmin):
    """Lines, with the price that they were sold at and what they cost."""

    list_display = (
        *("order", "partner", "product_name", "face_value", "quantity", "sale_amount", "status"),
        *("on_hold_reason", "delivered", "queued_at"),
    )
    list_filter = ("status", "on_hold_reason", "currency", "account")
    list_select_related = ("order", "partner")
    search_fields = ("=id", "=order__number", "=order__id", "product_name", "=purchase__supplier_request_id")
    ordering = ("-queued_at",)
    actions = ("release", "fail")

    @admin.action(description="On hold: let it be bought after all", permissions=["review_purchase"])
    def release(self, request: HttpRequest, chosen: QuerySet[OrderItem]) -> None:
        """Release the chosen lines."""
        actor = actor_of(request)
        self._decide(request, chosen, lambda line: deciding.release_line(line_id=line.pk, actor=actor, reason=_REASON))

    @admin.action(description="On hold: fail it and release its money", permissions=["review_purchase"])
    def fail(self, request: HttpRequest, chosen: QuerySet[OrderItem]) -> None:
        """Fail the chosen lines."""
        actor = actor_of(request)
        self._decide(request, chosen, lambda line: deciding.fail_line(line_id=line.pk, actor=actor, reason=_REASON))


class _RefundInline(ReadOnlyInline):
    model = CardRefund
    fields = ("created_at", "amount", "currency", "reference", "actor", "reason")
    readonly_fields = fields


@admin.register(Card)
class CardAdmin(_DecidingAdmin):
    """Cards without what makes them worth stealing."""

    list_display = (
        *("id", "item", "purchase", "supplier_card_id", "serial", "face_value", "status"),
        *("is_duplicate", "expires_at", "created_at"),
    )
    list_filter = ("status", "is_duplicate", ("item", admin.EmptyFieldListFilter))
    list_select_related = ("item", "purchase")
    search_fields = ("=id", "=supplier_card_id", "=item__order__number", "=purchase__supplier_request_id")
    exclude = ("code", "pin", "code_index", "serial_number")
    readonly_fields = ("serial",)
    ordering = ("-created_at",)
    inlines = (_RefundInline,)
    actions = ("write_off",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Card]:
        """Leave even the ciphertexts in the database."""
        return super().get_queryset(request).defer("code", "pin", "code_index")

    @admin.display(description="serial number")
    def serial(self, card: Card) -> str:
        """Show the last characters."""
        return card.masked_serial_number

    @admin.action(description="Without a line: write off as a loss", permissions=["review_purchase"])
    def write_off(self, request: HttpRequest, chosen: QuerySet[Card]) -> None:
        """Write the chosen cards off."""
        actor = actor_of(request)
        self._decide(
            request, chosen, lambda card: deciding.write_off_cards(card_ids=[card.pk], actor=actor, reason=_REASON)
        )


@admin.register(CardRefund)
class CardRefundAdmin(ReadOnlyAdmin):
    """Money given back for bad cards."""

    list_display = ("created_at", "card", "amount", "currency", "reference", "actor", "reason")
    list_filter = ("currency",)
    search_fields = ("=card__id", "=reference", "actor", "=card__item__order__number")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)


class _AttemptInline(ReadOnlyInline):
    model = PurchaseAttempt
    fields = ("sent_at", "answered_at", "conclusion", "error_code", "fenced")
    readonly_fields = fields


class _CarriedLineInline(ReadOnlyInline):
    model = OrderItem
    fk_name = "purchase"
    fields = ("order", "partner", "product_name", "face_value", "quantity", "status", "delivered")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Fetch what each row names along with it."""
        return super().get_queryset(request).select_related("order", "partner")


class _IsToReview(admin.SimpleListFilter):
    title = "review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Waits for a person"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(review_at__isnull=False, review_closed_at__isnull=self.value() == "open")


@admin.register(Purchase)
class PurchaseAdmin(_DecidingAdmin):
    """Supplier orders with every send."""

    list_display = (
        *("supplier_request_id", "supplier_order_id", "account", "status", "doubt", "sends", "created_at"),
        *("final_at", "frozen_at", "review_reason", "review_at", "review_closed_at"),
    )
    list_filter = (_IsToReview, "status", "mode", "account", ("frozen_at", admin.EmptyFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("=supplier_request_id", "=supplier_order_id", "=id", "=lines__order__number")
    date_hierarchy = "created_at"
    inlines = (_AttemptInline, _CarriedLineInline)
    actions = ("close_review", "read_again")

    @admin.action(description="Review: close as looked at", permissions=["review_purchase"])
    def close_review(self, request: HttpRequest, chosen: QuerySet[Purchase]) -> None:
        """Close the chosen reviews."""
        actor = actor_of(request)
        self._decide(
            request,
            chosen,
            lambda purchase: deciding.close_review(purchase_id=purchase.pk, actor=actor, reason=_REASON),
        )

    @admin.action(description="Review: unfreeze and read again now", permissions=["review_purchase"])
    def read_again(self, request: HttpRequest, chosen: QuerySet[Purchase]) -> None:
        """Let the chosen purchases be read."""
        actor = actor_of(request)
        self._decide(
            request,
            chosen,
            lambda purchase: deciding.read_again(
                client_of=conf.client, purchase_id=purchase.pk, actor=actor, reason=_REASON
            ),
        )


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
    list_filter = ("mode",)
    list_select_related = ("product",)
    search_fields = ("product__name", "=product__supplier_id")
    ordering = ("-id",)


@admin.register(PartnerTurn)
class PartnerTurnAdmin(ReadOnlyAdmin):
    """Where partners stand in the fair order."""

    list_display = ("partner", "account", "turn")
    list_filter = ("account",)
    list_select_related = ("partner", "account")
    search_fields = ("partner__name",)


@admin.register(SoloProduct)
class SoloProductAdmin(ReadOnlyAdmin):
    """Products that are bought alone for a while, because the supplier refused a group with them."""

    list_display = ("product", "mode", "until")
    list_filter = ("mode",)
    list_select_related = ("product",)
    search_fields = ("product__name",)
