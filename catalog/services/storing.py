"""Stores what was read: a constant number of statements a page, and no write of a row that did not change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django_subatomic.db import transaction_required

from bamboo import schemas
from catalog.models import Brand, Category, Country, Product, ProductPrice
from catalog.services.reading import BrandRow, ProductRow, Walk, long_text, short_text
from catalog.services.revisions import note_change

_ACTOR = "system:sync"
_CATEGORY_FIELDS = ("name", "description")
_COUNTRY_FIELDS = ("name", "currency", "alpha3")
_BRAND_FIELDS = (
    "name", "country", "currency", "description", "disclaimer", "redemption_instructions", "terms", "logo_url",
    "supplier_modified", "withdrawn_at",
)  # fmt: skip
# `refused_at` is not among them: a refusal may come while the page is on its way.
_PRODUCT_FIELDS = (
    "brand_id", "name", "search_text", "min_face_value", "max_face_value", "stock", "supplier_modified", "withdrawn_at"
)  # fmt: skip


@dataclass(slots=True)
class SyncCounts:
    """What a synchronisation did, counted in products."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0


@transaction_required
def store_categories(read: Collection[schemas.Category]) -> None:
    """Store the categories that have an id; none is ever removed."""
    rows = {
        each.id: Category(
            supplier_id=each.id,
            name=short_text(each.name, 200),
            description=long_text(each.description) or "",
            created_by=_ACTOR,
            updated_by=_ACTOR,
        )
        for each in read
        if each.id is not None
    }
    if _merge(Category, list(rows.values()), _CATEGORY_FIELDS).written:
        note_change()


@transaction_required
def store_countries(read: Collection[schemas.Country]) -> None:
    """Store the countries by their code; none is ever removed."""
    rows = {
        code: Country(
            code=code,
            name=short_text(each.name, 100),
            currency=short_text(each.currency or "", 3),
            alpha3=short_text(each.alpha3 or "", 3),
            created_by=_ACTOR,
            updated_by=_ACTOR,
        )
        for each in read
        if (code := short_text(each.code, 3).upper())
    }
    if _merge(Country, list(rows.values()), _COUNTRY_FIELDS, key="code").written:
        note_change()


@transaction_required
def name_countries() -> None:
    """Give each country of a brand that the supplier's list lacks a row, named by its code. Two statements."""
    known = Country.objects.values("code")
    codes = Brand.objects.exclude(country="").exclude(country__in=known).values_list("country", flat=True).distinct()
    Country.objects.bulk_create(
        [Country(code=code, name=code, created_by=_ACTOR, updated_by=_ACTOR) for code in codes.order_by("country")]
    )


@transaction_required
def store_page(rows: Sequence[BrandRow], *, counts: SyncCounts, asked_at: datetime) -> None:
    """Store brands with their products, prices and categories, and count what that changed.

    A refusal that is older than the question `asked_at` is lifted from products that are in stock.
    """
    new_brands = [row for row in rows if not row.is_repeat]
    brands = _merge(Brand, [_brand(row) for row in new_brands], _BRAND_FIELDS)
    relinked = _store_brand_categories(new_brands, brands.ids)
    brands.ids.update(Brand.objects.filter(supplier_id__in=_repeats(rows)).values_list("supplier_id", "pk"))
    offered = {each.supplier_id: each for row in rows for each in row.products if not each.is_deleted}
    products = _merge(
        Product,
        [
            _product(each, brands.ids[row.supplier_id], row.name)
            for row in rows
            for each in row.products
            if not each.is_deleted
        ],
        _PRODUCT_FIELDS,
    )
    repriced = _store_prices(offered, products.ids)
    touched = products.changed | repriced | _lift_refusals(offered, asked_at)
    gone = _withdraw(
        Product.objects.filter(
            supplier_id__in=[each.supplier_id for row in rows for each in row.products if each.is_deleted]
        )
    )
    _touch(products.ids[key] for key in repriced - products.written)
    counts.inserted += len(products.new)
    counts.updated += len(touched - products.new)
    counts.unchanged += len(offered.keys() - touched - products.new)
    counts.withdrawn += gone
    if touched or products.written or brands.written or relinked or gone:
        note_change()


def _repeats(rows: Sequence[BrandRow]) -> list[str]:
    return [row.supplier_id for row in rows if row.is_repeat]


def _touch(product_ids: Iterable[int]) -> None:
    """Let a product whose price changed count as changed: partners ask for what changed since they last looked."""
    Product.objects.filter(pk__in=list(product_ids)).update(updated_at=timezone.now(), updated_by=_ACTOR)


@transaction_required
def withdraw_unseen(walk: Walk, *, counts: SyncCounts) -> None:
    """Withdraw what a complete walk did not see; a brand that could not be read keeps everything."""
    unknown = walk.broken | walk.partial
    broken = Q(supplier_id__in=unknown) | Q(name__in=unknown)
    spared = list(Brand.objects.filter(broken).values_list("pk", flat=True)) if unknown else []
    brands = Brand.objects.exclude(pk__in=spared).exclude(supplier_id__in=walk.brands)
    products = Product.objects.exclude(brand__in=spared).exclude(supplier_id__in=walk.products)
    gone_brands, gone = _withdraw(brands), _withdraw(products)
    counts.withdrawn += gone
    if gone_brands or gone:
        note_change()


@dataclass(frozen=True, slots=True)
class _Merged:
    """What a merge did, by the supplier's ids: our ids of all rows, which were new, which changed."""

    ids: dict[Any, int]
    new: set[Any]
    changed: set[Any]

    @property
    def written(self) -> set[Any]:
        """The rows that were written at all."""
        return self.new | self.changed


def _merge[Row: (Category, Country, Brand, Product)](
    model: type[Row], rows: Sequence[Row], fields: Sequence[str], *, key: str = "supplier_id"
) -> _Merged:
    """Write the rows that are new or differ in one of the fields. Two statements, one when nothing is to write."""
    name_of = attrgetter(key)
    stored = {name_of(row): row for row in model.objects.filter(**{f"{key}__in": [name_of(row) for row in rows]})}
    merged = _Merged({name: row.pk for name, row in stored.items()}, set(), set())
    for row in rows:
        old = stored.get(name_of(row))
        if old is None:
            merged.new.add(name_of(row))
        elif any(getattr(row, name) != getattr(old, name) for name in fields):
            merged.changed.add(name_of(row))
    written = model.objects.bulk_create(
        [row for row in rows if name_of(row) in merged.written],
        update_conflicts=True,
        unique_fields=[key],
        update_fields=[*fields, "updated_at", "updated_by"],
    )
    merged.ids.update((name_of(row), row.pk) for row in written)
    return merged


def _brand(row: BrandRow) -> Brand:
    read = row.read
    return Brand(
        supplier_id=row.supplier_id,
        name=row.name,
        country=row.country,
        currency=row.currency,
        description=long_text(read.description),
        disclaimer=long_text(read.disclaimer),
        redemption_instructions=long_text(read.redemption_instructions),
        terms=long_text(read.terms),
        logo_url=long_text(read.logo_url),
        supplier_modified=short_text(read.modified_date or "", 40),
        created_by=_ACTOR,
        updated_by=_ACTOR,
    )


def _product(row: ProductRow, brand_id: int, brand_name: str) -> Product:
    return Product(
        supplier_id=row.supplier_id,
        brand_id=brand_id,
        name=row.name,
        search_text=f"{brand_name} {row.name}",
        min_face_value=row.min_face_value,
        max_face_value=row.max_face_value,
        stock=row.stock,
        supplier_modified=short_text(row.modified or "", 40),
        created_by=_ACTOR,
        updated_by=_ACTOR,
    )


def _store_brand_categories(rows: Sequence[BrandRow], brand_ids: Mapping[str, int]) -> bool:
    """Bring the links between brands and categories to what was read; tell whether any changed."""
    named = {
        (brand_ids[row.supplier_id], category.id)
        for row in rows
        for category in row.read.categories
        if category.id is not None
    }
    ids = dict(Category.objects.values_list("supplier_id", "pk"))
    wanted = {(brand, ids[category]) for brand, category in named if category in ids}
    link = Brand.categories.through
    stored = {
        (brand, category): pk
        for pk, brand, category in link.objects.filter(brand_id__in=brand_ids.values()).values_list(
            "pk", "brand_id", "category_id"
        )
    }
    dropped = [pk for pair, pk in stored.items() if pair not in wanted]
    link.objects.filter(pk__in=dropped).delete()
    missing = sorted(wanted - stored.keys())
    link.objects.bulk_create([link(brand_id=brand, category_id=category) for brand, category in missing])
    return bool(dropped or missing)


def _store_prices(offered: Mapping[int, ProductRow], product_ids: Mapping[int, int]) -> set[int]:
    """End the prices that changed and begin the new ones; return the supplier's ids of their products."""
    stored = {row.product_id: row for row in ProductPrice.objects.filter(until=None, product__in=product_ids.values())}
    changed = {key for key, each in offered.items() if each.price != _terms(stored.get(product_ids[key]))}
    ended = [stored[product_ids[key]].pk for key in changed if product_ids[key] in stored]
    ProductPrice.objects.filter(pk__in=ended).update(until=timezone.now())
    begun = [(product_ids[key], price) for key in sorted(changed) if (price := offered[key].price)]
    ProductPrice.objects.bulk_create(
        [ProductPrice(product_id=pk, min=low, max=high, currency=currency) for pk, (low, high, currency) in begun]
    )
    return changed


def _terms(price: ProductPrice | None) -> tuple[Decimal, Decimal, str] | None:
    return None if price is None else (price.min, price.max, price.currency)


def _lift_refusals(offered: Mapping[int, ProductRow], asked_at: datetime) -> set[int]:
    in_stock = [key for key, each in offered.items() if each.stock != 0]
    refused = Product.objects.filter(supplier_id__in=in_stock, refused_at__lt=asked_at)
    lifted = set(refused.values_list("supplier_id", flat=True))
    if lifted:
        refused.update(refused_at=None, updated_at=timezone.now(), updated_by=_ACTOR)
    return lifted


def _withdraw(rows: QuerySet[Brand] | QuerySet[Product]) -> int:
    now = timezone.now()
    return rows.filter(withdrawn_at=None).update(withdrawn_at=now, updated_at=now, updated_by=_ACTOR)
