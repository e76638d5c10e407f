"""The catalog as our staff look at it: runs, every product with what became of it, rules with what they speak of."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from catalog.models import Brand, CatalogRule, Category, CommissionRule, Product, ProductPrice, SyncRun
from catalog.queries.lists import search
from steller.errors import NotFoundError

# What a product's state may be, and which rows are in it.
PRODUCT_STATES = {
    "for_sale": Q(withdrawn_at=None, brand__withdrawn_at=None, refused_at=None) & ~Q(stock=0),
    "out_of_stock": Q(withdrawn_at=None, brand__withdrawn_at=None, stock=0),
    "refused": Q(withdrawn_at=None, brand__withdrawn_at=None, refused_at__isnull=False),
    "withdrawn": Q(withdrawn_at__isnull=False) | Q(brand__withdrawn_at__isnull=False),
}
# What a form may name.
KINDS_OF_THINGS = ("product", "brand", "category")


def sync_runs() -> QuerySet[SyncRun]:
    """Return all synchronisations."""
    return SyncRun.objects.all()


def sync_run(run_id: int) -> SyncRun:
    """Return one synchronisation.

    Raises:
        NotFoundError: there is none.

    """
    run = SyncRun.objects.filter(pk=run_id).first()
    if run is None:
        raise NotFoundError("No such synchronisation.")
    return run


def every_product(*, state: str = "") -> QuerySet[Product]:
    """Return products, withdrawn ones too, or those in one state, with brand and current price (two queries)."""
    current = Prefetch("prices", queryset=ProductPrice.objects.filter(until=None))
    products = Product.objects.select_related("brand").prefetch_related(current)
    return products.filter(PRODUCT_STATES[state]) if state else products


def things_named(kind: str, text: str) -> QuerySet[Any]:
    """Return products, brands or categories whose name has each word of the text, `called` as people know them."""
    if kind == "product":
        return search(_called(Product.objects, Concat("brand__name", Value(", "), "name")), text)
    things = _called(Brand.objects if kind == "brand" else Category.objects, F("name"))
    for word in text.replace("\0", "").split():
        things = things.filter(name__icontains=word)
    return things


def _called(things: Any, name: Any) -> QuerySet[Any]:
    named: QuerySet[Any] = things.annotate(called=name).order_by("called", "pk")
    return named


def products_at_supplier(supplier_ids: Collection[int]) -> Mapping[int, Product]:
    """Return products with their brands by the supplier's number. One query."""
    found = Product.objects.select_related("brand").filter(supplier_id__in=supplier_ids)
    return {product.supplier_id: product for product in found}


def product_state(product: Product) -> str:
    """Name the state of a product that came with its brand."""
    if product.withdrawn_at is not None or product.brand.withdrawn_at is not None:
        return "withdrawn"
    if product.refused_at is not None:
        return "refused"
    return "out_of_stock" if product.stock == 0 else "for_sale"


def commission_rules(*, partner_id: int | None = None, in_force: bool = False) -> QuerySet[CommissionRule]:
    """Return commission rules with what they speak of: a partner's own if one is named, ended ones unless told not."""
    rules = CommissionRule.objects.select_related("partner", "brand", "product__brand")
    if partner_id is not None:
        rules = rules.filter(partner=partner_id)
    return rules.filter(_in_force(timezone.now())) if in_force else rules


def commission_rule(rule_id: int) -> CommissionRule:
    """Return one commission rule.

    Raises:
        NotFoundError: there is none.

    """
    rule = commission_rules().filter(pk=rule_id).first()
    if rule is None:
        raise NotFoundError("No such commission rule.")
    return rule


def catalog_rules(*, partner_id: int | None = None, in_force: bool = False) -> QuerySet[CatalogRule]:
    """Return what partners may see with what that is about: a partner's own if one is named, else everybody's."""
    rules = CatalogRule.objects.select_related("partner", "brand", "product__brand", "category")
    if partner_id is not None:
        rules = rules.filter(partner=partner_id)
    return rules.filter(ended_at=None) if in_force else rules


def rule_state(rule: CommissionRule) -> str:
    """Tell whether a commission rule holds now: `active`, `coming` or `ended`."""
    now = timezone.now()
    if rule.ends_at is not None and (rule.ends_at <= now or rule.ends_at == rule.starts_at):
        return "ended"
    return "coming" if rule.starts_at is not None and rule.starts_at > now else "active"


def _in_force(at: datetime) -> Q:
    return (Q(starts_at=None) | Q(starts_at__lte=at)) & (Q(ends_at=None) | Q(ends_at__gt=at))
