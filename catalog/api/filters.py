"""Which products and brands a partner asks for."""

from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers

from catalog import queries
from catalog.models import Brand, Product

_IN_STOCK = Q(refused_at=None) & (Q(stock=None) | ~Q(stock=0))
_ID: dict[str, Any] = {"required": False, "min_value": 0, "max_value": 2**63 - 1}
_AMOUNT: dict[str, Any] = {"required": False, "min_value": 0, "max_digits": 18, "decimal_places": 4}


class BrandFilters(serializers.Serializer[Any]):
    """Which brands to list."""

    search = serializers.CharField(required=False, max_length=100, help_text="Words, each a part of the name.")
    country = serializers.CharField(required=False, max_length=3)
    currency = serializers.CharField(required=False, max_length=3)
    category = serializers.IntegerField(help_text="A category's id.", **_ID)
    changed_since = serializers.DateTimeField(
        required=False,
        help_text="What changed at the supplier since then; overlap your looks by some minutes.",
    )


class ProductFilters(BrandFilters):
    """Which products to list."""

    brand = serializers.IntegerField(help_text="A brand's id.", **_ID)
    in_stock = serializers.BooleanField(required=False, allow_null=True, default=None)
    face_value_min = serializers.DecimalField(
        help_text="Cards that can have a face value of this or more, in their own currency.", **_AMOUNT
    )
    face_value_max = serializers.DecimalField(
        help_text="Cards that can have a face value of this or less, in their own currency.", **_AMOUNT
    )
    include_withdrawn = serializers.BooleanField(
        required=False, default=False, help_text="With what cannot be ordered any more: to find out what is gone."
    )


def matching_products(partner_id: int, filters: dict[str, Any]) -> QuerySet[Product]:
    """Return the products of a partner's catalog that the filters name."""
    products = queries.product_list(partner_id=partner_id, with_withdrawn=filters["include_withdrawn"])
    products = products.filter(_about_brand(filters, prefix="brand__"))
    if "search" in filters:
        products = queries.search(products, filters["search"])
    if "changed_since" in filters:
        since = filters["changed_since"]
        products = products.filter(Q(updated_at__gte=since) | Q(brand__updated_at__gte=since))
    if filters["in_stock"] is not None:
        products = products.filter(_IN_STOCK if filters["in_stock"] else ~_IN_STOCK)
    lookups = {"brand": "brand", "face_value_min": "max_face_value__gte", "face_value_max": "min_face_value__lte"}
    return products.filter(**{lookup: filters[name] for name, lookup in lookups.items() if name in filters})


def matching_brands(partner_id: int, filters: dict[str, Any]) -> QuerySet[Brand]:
    """Return the brands of a partner's catalog that the filters name."""
    brands = queries.brand_list(partner_id=partner_id).filter(_about_brand(filters, prefix=""))
    for word in filters.get("search", "").split():
        brands = brands.filter(name__icontains=word)
    if "changed_since" in filters:
        brands = brands.filter(updated_at__gte=filters["changed_since"])
    return brands


def _about_brand(filters: dict[str, Any], *, prefix: str) -> Q:
    codes: dict[str, Any] = {name: filters[name].upper() for name in ("country", "currency") if name in filters}
    if "category" in filters:
        codes["categories"] = filters["category"]
    return Q(**{f"{prefix}{name}": value for name, value in codes.items()})
