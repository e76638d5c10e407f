"""The catalog as a partner may buy from it: brands with their cards, at the partner's own prices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import queries as catalog
from partners.queries import Scope
from steller.portal.pages.access import Person, is_part, partner_page
from steller.portal.pages.tables import as_csv

PAGE_SIZE = 24
_READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as a page shows it."""

    product: Any
    price: catalog.SalePrice | None
    in_stock: bool

    @property
    def is_fixed(self) -> bool:
        """Whether it has one face value only."""
        return bool(self.product.min_face_value == self.product.max_face_value)

    @property
    def can_be_bought(self) -> bool:
        """Whether it has a price and a card at least."""
        return self.in_stock and self.price is not None

    @property
    def discount(self) -> Decimal | None:
        """How much less than its face value the largest card costs, in per cent; None for nothing."""
        if self.price is None or self.price.max >= self.product.max_face_value:
            return None
        return (1 - self.price.max / Decimal(self.product.max_face_value)) * 100


@dataclass(frozen=True, slots=True)
class Shelf:
    """A brand with what is sold of it."""

    brand: Any
    offers: list[Offer]
    country: str

    @property
    def fixed(self) -> list[Offer]:
        """The cards with one face value that can be bought."""
        return [offer for offer in self.offers if offer.is_fixed and offer.can_be_bought]

    @property
    def range(self) -> Offer | None:
        """The card whose face value one may choose, if it can be bought."""
        return next((offer for offer in self.offers if not offer.is_fixed and offer.can_be_bought), None)

    @property
    def in_stock(self) -> bool:
        """Whether any card is there."""
        return any(offer.in_stock for offer in self.offers)

    @property
    def best_discount(self) -> Decimal | None:
        """The largest discount of its cards."""
        return max((offer.discount for offer in self.offers if offer.discount), default=None)

    @property
    def least(self) -> Decimal:
        """The smallest face value."""
        return Decimal(min(offer.product.min_face_value for offer in self.offers))

    @property
    def most(self) -> Decimal:
        """The largest face value."""
        return Decimal(max(offer.product.max_face_value for offer in self.offers))


@require_safe
@partner_page(Scope.CATALOG_READ)
def brands(request: HttpRequest, person: Person) -> HttpResponse:
    """List brands; search and filters work with and without JavaScript."""
    wanted = {name: request.GET.get(name, "").strip() for name in ("q", "country", "currency", "category", "in_stock")}
    products = catalog.product_list(partner_id=person.partner_id)
    found = _filtered(_with_products(products, person.partner_id), products, wanted).order_by("name", "pk")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rules, countries = catalog.rules_for(partner_id=person.partner_id), _countries(person)
    context: dict[str, Any] = {
        "person": person,
        "page": page,
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "shelves": [_shelf(brand, rules, countries) for brand in page],
        "countries": sorted(countries.items(), key=itemgetter(1)),
    }
    if is_part(request, "offers"):
        return render(request, "portal/catalog_offers.html", context)
    return render(request, "portal/catalog.html", context | _choices(person))


@require_safe
@partner_page(Scope.CATALOG_READ)
def brand(request: HttpRequest, person: Person, brand_id: int) -> HttpResponse:
    """Show a brand: its cards at the partner's prices, how to redeem them, its terms."""
    products = catalog.product_list(partner_id=person.partner_id)
    found = _with_products(products, person.partner_id).filter(pk=brand_id).first()
    if found is None:
        raise Http404
    shelf = _shelf(found, catalog.rules_for(partner_id=person.partner_id), _countries(person))
    return render(request, "portal/brand.html", {"person": person, "shelf": shelf, "brand": found})


@require_safe
@partner_page(Scope.CATALOG_READ)
def price_list(request: HttpRequest, person: Person) -> StreamingHttpResponse:  # noqa: ARG001
    """Download every card with the partner's own prices and the ids that bulk files need."""
    header = (
        "product_id",
        "brand",
        "product",
        "country",
        "currency",
        "min_face_value",
        "max_face_value",
        "min_price",
        "max_price",
        "in_stock",
    )
    return as_csv("price-list.csv", header, _price_rows(person))


def _price_rows(person: Person) -> Iterator[tuple[object, ...]]:
    rules = catalog.rules_for(partner_id=person.partner_id)
    for product in catalog.product_list(partner_id=person.partner_id).iterator(chunk_size=_READ_AT_ONCE):
        price = catalog.sale_price_range(product, rules=rules)
        yield (
            product.pk,
            product.brand.name,
            product.name,
            product.brand.country,
            product.brand.currency,
            product.min_face_value,
            product.max_face_value,
            price.min if price else None,
            price.max if price else None,
            "yes" if catalog.in_stock(product) else "no",
        )


def _with_products(products: QuerySet[Any], partner_id: int) -> QuerySet[Any]:
    own = Prefetch("products", queryset=products.order_by("min_face_value", "max_face_value"))
    return catalog.brand_list(partner_id=partner_id).prefetch_related(own)


def _filtered(found: QuerySet[Any], products: QuerySet[Any], wanted: dict[str, str]) -> QuerySet[Any]:
    own = products.filter(brand=OuterRef("pk"))
    if wanted["q"]:
        found = found.filter(Exists(catalog.search(own, wanted["q"])))
    if wanted["country"]:
        found = found.filter(country=wanted["country"])
    if wanted["currency"]:
        found = found.filter(currency=wanted["currency"])
    if wanted["category"].isascii() and wanted["category"].isdigit():
        found = found.filter(categories=int(wanted["category"][:9]))
    if wanted["in_stock"]:
        found = found.filter(Exists(own.filter(refused_at=None).exclude(stock=0)))
    return found


def _choices(person: Person) -> dict[str, object]:
    brands = catalog.brand_list(partner_id=person.partner_id).prefetch_related(None).order_by("currency")
    return {
        "currencies": brands.values_list("currency", flat=True).distinct(),
        "categories": catalog.category_list(partner_id=person.partner_id).order_by("name"),
    }


def _countries(person: Person) -> dict[str, str]:
    return dict(catalog.country_list(partner_id=person.partner_id).values_list("code", "name"))


def _shelf(brand: Any, rules: catalog.Rules, countries: Mapping[str, str]) -> Shelf:
    return Shelf(
        brand,
        [
            Offer(product, catalog.sale_price_range(product, rules=rules), catalog.in_stock(product))
            for product in brand.products.all()
        ],
        countries.get(brand.country, brand.country),
    )
