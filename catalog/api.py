"""What partners read of the catalog: products with their own price, brands, categories."""

from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import queries
from catalog.models import Brand, Category, Product
from catalog.queries import Rules
from partners.authentication import caller
from partners.queries import Scope
from steller.money import display
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.problems import PROBLEMS

_BY_ID = ("id",)
_IN_STOCK = Q(refused_at=None) & (Q(stock=None) | ~Q(stock=0))


class Named(serializers.Serializer[Any]):
    """An id with its name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class PriceRange(serializers.Serializer[Any]):
    """What one card costs the partner at the smallest and at the largest face value."""

    min = serializers.CharField()
    max = serializers.CharField()
    currency = serializers.CharField()


class ProductBody(serializers.Serializer[Any]):
    """A product: one face value when both ends are equal, else any value between them."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    brand = Named()
    supplier_product_id = serializers.IntegerField()
    country = serializers.CharField()
    currency = serializers.CharField(help_text="Of the face value.")
    min_face_value = serializers.CharField()
    max_face_value = serializers.CharField()
    in_stock = serializers.BooleanField()
    price = PriceRange(allow_null=True, help_text="Null: on request.")


class BrandBody(serializers.Serializer[Any]):
    """A brand in one country and currency."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    country = serializers.CharField()
    currency = serializers.CharField()
    categories = Named(many=True)
    logo_url = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    disclaimer = serializers.CharField(allow_null=True)
    redemption_instructions = serializers.CharField(allow_null=True)
    terms = serializers.CharField(allow_null=True)


class CategoryBody(Named):
    """A grouping of brands."""

    description = serializers.CharField()


class BrandFilters(serializers.Serializer[Any]):
    """Which brands to list."""

    search = serializers.CharField(required=False, max_length=100, help_text="Part of the name.")
    country = serializers.CharField(required=False, max_length=3)
    currency = serializers.CharField(required=False, max_length=3)
    category = serializers.IntegerField(required=False, help_text="A category's id.")


class ProductFilters(BrandFilters):
    """Which products to list."""

    brand = serializers.IntegerField(required=False, help_text="A brand's id.")
    in_stock = serializers.BooleanField(required=False, allow_null=True, default=None)


class ProductsView(APIView):
    """`GET /api/product`."""

    @extend_schema(
        operation_id="product_list",
        tags=["catalog"],
        parameters=[ProductFilters, *PAGE_PARAMETERS],
        responses={200: page_of(ProductBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List what the partner may order, with its own price."""
        who = caller(request)
        who.require(Scope.CATALOG_READ)
        products = _matching(queries.product_list(partner_id=who.partner_id), _filters(ProductFilters, request))
        rules = queries.rules_for(partner_id=who.partner_id)
        return page(products, request, ordering=_BY_ID, body=partial(_product, rules=rules))


class BrandsView(APIView):
    """`GET /api/brand`."""

    @extend_schema(
        operation_id="brand_list",
        tags=["catalog"],
        parameters=[BrandFilters, *PAGE_PARAMETERS],
        responses={200: page_of(BrandBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List brands."""
        caller(request).require(Scope.CATALOG_READ)
        filters = _filters(BrandFilters, request)
        brands = queries.brand_list().filter(_about_brand(filters, prefix=""))
        return page(brands, request, ordering=_BY_ID, body=_brand)


class CategoriesView(APIView):
    """`GET /api/category`."""

    @extend_schema(
        operation_id="category_list",
        tags=["catalog"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(CategoryBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List categories."""
        caller(request).require(Scope.CATALOG_READ)
        return page(queries.category_list(), request, ordering=_BY_ID, body=_category)


def _filters(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = shape(data=request.query_params)
    form.is_valid(raise_exception=True)
    fields: dict[str, Any] = form.validated_data
    return fields


def _matching(products: QuerySet[Product], filters: dict[str, Any]) -> QuerySet[Product]:
    text = filters.pop("search", None)
    products = products.filter(_about_brand(filters, prefix="brand__"))
    if text is not None:
        products = products.filter(Q(name__icontains=text) | Q(brand__name__icontains=text))
    if "brand" in filters:
        products = products.filter(brand=filters["brand"])
    if filters["in_stock"] is not None:
        products = products.filter(_IN_STOCK if filters["in_stock"] else ~_IN_STOCK)
    return products


def _about_brand(filters: dict[str, Any], *, prefix: str) -> Q:
    lookups = {
        "search": "name__icontains",
        "country": "country__iexact",
        "currency": "currency__iexact",
        "category": "categories",
    }
    return Q(**{f"{prefix}{lookup}": filters[name] for name, lookup in lookups.items() if name in filters})


def _product(product: Product, *, rules: Rules) -> dict[str, object]:
    brand = product.brand
    price = queries.sale_price_range(product, rules=rules)
    return {
        "id": product.pk,
        "name": product.name,
        "brand": {"id": brand.pk, "name": brand.name},
        "supplier_product_id": product.supplier_id,
        "country": brand.country,
        "currency": brand.currency,
        "min_face_value": display(product.min_face_value),
        "max_face_value": display(product.max_face_value),
        "in_stock": queries.in_stock(product),
        "price": price and {"min": display(price.min), "max": display(price.max), "currency": price.currency},
    }


def _brand(brand: Brand) -> dict[str, object]:
    return {
        "id": brand.pk,
        "name": brand.name,
        "country": brand.country,
        "currency": brand.currency,
        "categories": [{"id": category.pk, "name": category.name} for category in brand.categories.all()],
        "logo_url": brand.logo_url,
        "description": brand.description,
        "disclaimer": brand.disclaimer,
        "redemption_instructions": brand.redemption_instructions,
        "terms": brand.terms,
    }


def _category(category: Category) -> dict[str, object]:
    return {"id": category.pk, "name": category.name, "description": category.description}
