"""What partners read of the catalog: products with their own price, brands, categories, countries."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import queries
from catalog.api import bodies
from catalog.api.filters import BrandFilters, ProductFilters, matching_brands, matching_products
from partners.authentication import Caller, caller
from partners.queries import Scope
from steller.conditional import IF_NONE_MATCH, NOT_MODIFIED, conditional
from steller.errors import NotFoundError
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS

_BY_ID = ("id",)
_LIST_PARAMETERS = [*PAGE_PARAMETERS, IF_NONE_MATCH]
_LARGEST_ID = 2**63 - 1
# An answer changes with the code that writes it, too.
_CODE = hashlib.sha256(Path(bodies.__file__).read_bytes()).hexdigest()[:12]


class ProductsView(APIView):
    """`GET /api/product`."""

    @extend_schema(
        operation_id="product_list",
        tags=["catalog"],
        parameters=[ProductFilters, *_LIST_PARAMETERS],
        responses={200: page_of(bodies.ProductBody), 304: NOT_MODIFIED, **PROBLEMS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List what the partner may order, with its own price."""
        who = _reader(request)
        filters = fields_of(ProductFilters, request.query_params)

        def render() -> Response:
            rules = queries.rules_for(partner_id=who.partner_id)
            products = matching_products(who.partner_id, filters)
            return page(products, request, ordering=_BY_ID, body=partial(bodies.product_body, rules=rules))

        return _answer(request, who, render)


class ProductView(APIView):
    """`GET /api/product/{id}`."""

    @extend_schema(
        operation_id="product_read",
        tags=["catalog"],
        parameters=[IF_NONE_MATCH],
        responses={200: bodies.ProductDetail, 304: NOT_MODIFIED, **PROBLEMS},
    )
    def get(self, request: Request, product_id: int) -> HttpResponseBase:
        """Read a product, a withdrawn one too, with the texts of its brand."""
        who = _reader(request)

        def render() -> Response:
            products = queries.product_list(partner_id=who.partner_id, with_withdrawn=True)
            product = products.filter(pk=min(product_id, _LARGEST_ID)).first()
            if product is None:
                raise NotFoundError("No such product.")
            return Response(bodies.product_detail(product, rules=queries.rules_for(partner_id=who.partner_id)))

        return _answer(request, who, render)


class BrandsView(APIView):
    """`GET /api/brand`."""

    @extend_schema(
        operation_id="brand_list",
        tags=["catalog"],
        parameters=[BrandFilters, *_LIST_PARAMETERS],
        responses={200: page_of(bodies.BrandBody), 304: NOT_MODIFIED, **PROBLEMS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List the brands that the partner may order a product of."""
        who = _reader(request)
        filters = fields_of(BrandFilters, request.query_params)

        def render() -> Response:
            brands = matching_brands(who.partner_id, filters)
            return page(brands, request, ordering=_BY_ID, body=bodies.brand_body)

        return _answer(request, who, render)


class BrandView(APIView):
    """`GET /api/brand/{id}`."""

    @extend_schema(
        operation_id="brand_read",
        tags=["catalog"],
        parameters=[IF_NONE_MATCH],
        responses={200: bodies.BrandBody, 304: NOT_MODIFIED, **PROBLEMS},
    )
    def get(self, request: Request, brand_id: int) -> HttpResponseBase:
        """Read a brand; its products are those of `/api/product?brand=`."""
        who = _reader(request)

        def render() -> Response:
            brand = queries.brand_list(partner_id=who.partner_id).filter(pk=min(brand_id, _LARGEST_ID)).first()
            if brand is None:
                raise NotFoundError("No such brand.")
            return Response(bodies.brand_body(brand))

        return _answer(request, who, render)


class CategoriesView(APIView):
    """`GET /api/category`."""

    @extend_schema(
        operation_id="category_list",
        tags=["catalog"],
        parameters=_LIST_PARAMETERS,
        responses={200: page_of(bodies.CategoryBody), 304: NOT_MODIFIED, **PROBLEMS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List the categories that the partner may order a product of."""
        who = _reader(request)

        def render() -> Response:
            categories = queries.category_list(partner_id=who.partner_id)
            return page(categories, request, ordering=_BY_ID, body=bodies.category_body)

        return _answer(request, who, render)


class CountriesView(APIView):
    """`GET /api/country`."""

    @extend_schema(
        operation_id="country_list",
        tags=["catalog"],
        parameters=_LIST_PARAMETERS,
        responses={200: page_of(bodies.CountryBody), 304: NOT_MODIFIED, **PROBLEMS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List the countries that the partner may order a product for."""
        who = _reader(request)

        def render() -> Response:
            countries = queries.country_list(partner_id=who.partner_id)
            return page(countries, request, ordering=("code",), body=bodies.country_body)

        return _answer(request, who, render)


def _reader(request: Request) -> Caller:
    who = caller(request)
    who.require(Scope.CATALOG_READ)
    return who


def _answer(request: Request, who: Caller, render: Callable[[], Response]) -> HttpResponseBase:
    stamp = f"{_CODE}-{queries.stamp(partner_id=who.partner_id)}"
    return conditional(request, render, caller=f"partner:{who.partner_id}", stamp=stamp)
