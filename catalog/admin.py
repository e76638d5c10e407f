"""Staff pages for the catalog: the supplier's side to look at, our price rules to change."""

from django.contrib import admin

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
from partners.admin import AuditedAdmin
from steller.read_only import ReadOnlyAdmin, ReadOnlyInline


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


@admin.register(CommissionRule)
class CommissionRuleAdmin(AuditedAdmin):
    """Our price rules. A rule is ended by its end date, so that old prices stay explained."""

    list_display = ("__str__", "partner", "brand", "product", "currency", "starts_at", "ends_at")
    list_filter = ("kind", "basis", "currency")
    list_select_related = ("partner", "brand", "product")
    search_fields = ("partner__name", "brand__name", "product__name")
    autocomplete_fields = ("partner", "brand", "product")


@admin.register(Country)
class CountryAdmin(ReadOnlyAdmin):
    """The countries that cards are sold for."""

    list_display = ("name", "code", "alpha3", "currency", "updated_at")
    search_fields = ("name", "code")


@admin.register(CatalogRule)
class CatalogRuleAdmin(ReadOnlyAdmin):
    """What partners may see and buy."""

    list_display = ("__str__", "partner", "effect", "ended_at", "created_by", "created_at")
    list_filter = ("effect", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__name", "brand__name", "product__name")


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """What each synchronisation did, the latest first."""

    list_display = (
        *("requested_at", "status", "trigger", "actor", "pages", "inserted", "updated", "unchanged", "withdrawn"),
        *("unreadable", "error", "finished_at"),
    )
    list_filter = ("status", "trigger", "mode")
    search_fields = ("actor", "error")


@admin.register(RawPage)
class RawPageAdmin(ReadOnlyAdmin):
    """The supplier's answers of the last runs."""

    list_display = ("run", "kind", "index", "size", "read_at")
    list_filter = ("kind",)
    list_select_related = ("run",)
    exclude = ("body",)


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    """How often the supplier's offer changed."""

    list_display = ("number",)
