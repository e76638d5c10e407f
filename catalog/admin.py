"""Staff pages for the catalog: the supplier's side to look at, our rules to open and end."""

import zlib
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog import services
from catalog.models import (
    Brand,
    CatalogRule,
    Category,
    CommissionRule,
    Country,
    Product,
    ProductPrice,
    RawPage,
    Revision,
    SyncRun,
)
from catalog.services import Author, Commission, RuleScope, Target
from steller.errors import DomainError
from steller.read_only import ReadOnlyAdmin, ReadOnlyInline
from steller.through_services import ReasonForm, ThroughServicesAdmin, actor_of

_SHOWN_BYTES = 20_000


class _WrittenAdmin(ThroughServicesAdmin, ReadOnlyAdmin):
    """Rows that staff may add and end, each time by the service, which audits it; none is changed here."""

    action_form = ReasonForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user has Django's permission to add."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user has Django's permission to change."""
        return admin.ModelAdmin.has_change_permission(self, request)

    def written(self, request: HttpRequest, form: Any) -> Any:
        """Call the service with what the form has, and return the row that it wrote."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Let the service write; the admin goes on with the row that came of it."""
        row = self.written(request, form)
        for field in row._meta.concrete_fields:  # noqa: SLF001 - the documented way to a model's fields
            setattr(obj, field.attname, getattr(row, field.attname))

    def end_each(self, request: HttpRequest, chosen: QuerySet[Any], end: Callable[..., object]) -> None:
        """End rules, each by itself: one that is refused does not hold up the others."""
        author = Author(actor_of(request), request.POST.get("reason") or "Ended in the admin pages")
        for rule in chosen:
            try:
                end(rule_id=rule.pk, author=author)
            except DomainError as refusal:
                self.message_user(request, f"{rule}: {refusal.detail}", messages.ERROR)


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    """The supplier's groups of brands."""

    list_display = ("name", "supplier_id", "updated_at")
    search_fields = ("name",)


@admin.register(Brand)
class BrandAdmin(ReadOnlyAdmin):
    """Brands, as the last synchronisation left them."""

    list_display = ("name", "country", "currency", "supplier_id", "withdrawn_at", "updated_at")
    list_filter = ("currency", ("withdrawn_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "supplier_id")


class _PriceInline(ReadOnlyInline):
    model = ProductPrice
    fields = ("min", "max", "currency", "since", "until")
    readonly_fields = fields


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Products with the history of their cost."""

    list_display = (
        *("name", "brand", "supplier_id", "min_face_value", "max_face_value", "stock"),
        *("withdrawn_at", "refused_at"),
    )
    list_filter = (
        ("withdrawn_at", admin.EmptyFieldListFilter),
        ("refused_at", admin.EmptyFieldListFilter),
        "brand__currency",
    )
    list_select_related = ("brand",)
    search_fields = ("name", "=supplier_id", "brand__name")
    inlines = (_PriceInline,)


@admin.register(ProductPrice)
class ProductPriceAdmin(ReadOnlyAdmin):
    """What the supplier charged, and since when."""

    list_display = ("product", "min", "max", "currency", "since", "until")
    list_filter = ("currency", ("until", admin.EmptyFieldListFilter))
    list_select_related = ("product",)
    search_fields = ("product__name", "=product__supplier_id")
    ordering = ("-id",)


@admin.register(Country)
class CountryAdmin(ReadOnlyAdmin):
    """The countries that cards are sold for."""

    list_display = ("name", "code", "alpha3", "currency", "updated_at")
    search_fields = ("name", "code")


class _NewCommission(forms.ModelForm):  # type: ignore[type-arg]
    reason = forms.CharField(max_length=300, help_text="Why: it stands in the audit log.")

    class Meta:
        model = CommissionRule
        fields = ("partner", "product", "brand", "currency", "kind", "basis", "value", "starts_at", "ends_at")


@admin.register(CommissionRule)
class CommissionRuleAdmin(_WrittenAdmin):
    """Our price rules: opened here, ended by an action, never changed; ended ones explain old prices."""

    form = _NewCommission
    list_display = (
        *("__str__", "partner", "brand", "product", "currency", "starts_at", "ends_at"),
        *("created_by", "created_at", "updated_by"),
    )
    list_filter = ("kind", "basis", "currency", ("ends_at", admin.EmptyFieldListFilter))
    list_select_related = ("partner", "brand", "product")
    search_fields = ("partner__name", "brand__name", "product__name")
    autocomplete_fields = ("partner", "brand", "product")
    actions = ("end",)

    def written(self, request: HttpRequest, form: Any) -> CommissionRule:
        """Open the rule; that of the same scope ends."""
        given = form.cleaned_data
        return services.open_commission(
            scope=RuleScope(
                partner_id=given["partner"] and given["partner"].pk,
                product_id=given["product"] and given["product"].pk,
                brand_id=given["brand"] and given["brand"].pk,
                currency=given["currency"].upper(),
            ),
            commission=Commission(given["kind"], given["basis"], given["value"]),
            author=Author(actor_of(request), given["reason"]),
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
        )

    @admin.action(description="End now", permissions=["end"])
    def end(self, request: HttpRequest, chosen: QuerySet[CommissionRule]) -> None:
        """End the chosen rules."""
        self.end_each(request, chosen, services.end_commission)


class _NewCatalogRule(forms.ModelForm):  # type: ignore[type-arg]
    reason = forms.CharField(max_length=300, help_text="Why: it stands in the audit log.")

    class Meta:
        model = CatalogRule
        fields = ("partner", "effect", "product", "brand", "category", "country")


@admin.register(CatalogRule)
class CatalogRuleAdmin(_WrittenAdmin):
    """What partners may see and buy: set here, ended by an action, never changed."""

    form = _NewCatalogRule
    list_display = ("__str__", "partner", "effect", "ended_at", "created_by", "created_at", "updated_by")
    list_filter = ("effect", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__name", "brand__name", "product__name")
    autocomplete_fields = ("partner", "product", "brand", "category")
    actions = ("end",)

    def written(self, request: HttpRequest, form: Any) -> CatalogRule:
        """Set the rule; that about the same thing ends."""
        given = form.cleaned_data
        target = Target(
            partner_id=given["partner"] and given["partner"].pk,
            product_id=given["product"] and given["product"].pk,
            brand_id=given["brand"] and given["brand"].pk,
            category_id=given["category"] and given["category"].pk,
            country=given["country"].upper(),
        )
        author = Author(actor_of(request), given["reason"])
        return services.set_catalog_rule(target=target, effect=given["effect"], author=author)

    @admin.action(description="End now", permissions=["end"])
    def end(self, request: HttpRequest, chosen: QuerySet[CatalogRule]) -> None:
        """End the chosen rules."""
        self.end_each(request, chosen, services.end_catalog_rule)


class _NewRequest(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SyncRun
        fields = ("reason",)


@admin.register(SyncRun)
class SyncRunAdmin(_WrittenAdmin):
    """What each synchronisation did, the latest first; adding one asks for it."""

    form = _NewRequest
    list_display = (
        *("requested_at", "status", "trigger", "actor", "pages", "inserted", "updated", "unchanged", "withdrawn"),
        *("unreadable", "error", "finished_at"),
    )
    list_filter = ("status", "trigger", "mode")
    search_fields = ("actor", "error")
    actions = ("ask",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may ask for one."""
        return request.user.has_perm("catalog.request_sync")

    has_end_permission = has_add_permission

    def written(self, request: HttpRequest, form: Any) -> SyncRun:
        """Ask for a synchronisation."""
        return self._asked(request, form.cleaned_data["reason"])

    @admin.action(description="Synchronise again, now", permissions=["end"])
    def ask(self, request: HttpRequest, chosen: QuerySet[SyncRun]) -> None:
        """Ask for a synchronisation, whichever run was chosen."""
        run = self._asked(request, f"Asked for beside run {chosen.values_list('pk', flat=True).first()}")
        self.message_user(request, f"Run {run.pk} waits for its turn.")

    def _asked(self, request: HttpRequest, reason: str) -> SyncRun:
        return services.request_sync(actor=actor_of(request), trigger=SyncRun.Trigger.ADMIN, reason=reason)


@admin.register(RawPage)
class RawPageAdmin(ReadOnlyAdmin):
    """The supplier's answers of the last runs."""

    list_display = ("run", "kind", "index", "size", "read_at")
    list_filter = ("kind",)
    list_select_related = ("run",)
    fields = ("run", "kind", "index", "size", "read_at", "beginning")

    @admin.display(description="The beginning of it")
    def beginning(self, page: RawPage) -> str:
        """Show what fits on a page."""
        return zlib.decompress(page.body)[:_SHOWN_BYTES].decode(errors="replace")


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    """How often the supplier's offer changed."""

    list_display = ("number",)
