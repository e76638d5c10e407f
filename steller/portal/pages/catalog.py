"""The catalog as a partner may buy from it, with its own prices."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import queries as catalog
from steller.portal.pages.access import Person, partner_page

PAGE_SIZE = 24


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as the page shows it."""

    product: Any
    price: catalog.SalePrice | None
    in_stock: bool

    @property
    def is_fixed(self) -> bool:
        """Whether it has one face value only."""
        return bool(self.product.min_face_value == self.product.max_face_value)


@require_safe
@partner_page
def products(request: HttpRequest, person: Person) -> HttpResponse:
    """List products; search and filters work with and without JavaScript."""
    wanted = {name: request.GET.get(name, "").strip() for name in ("q", "country", "currency")}
    listed = catalog.product_list(partner_id=person.partner_id)
    page = Paginator(_filtered(listed, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    rules = catalog.rules_for(partner_id=person.partner_id)
    offers = [
        Offer(product, catalog.sale_price_range(product, rules=rules), catalog.in_stock(product)) for product in page
    ]
    brands = catalog.brand_list().prefetch_related(None)
    context = {
        "person": person,
        "page": page,
        "offers": offers,
        "wanted": wanted,
        "countries": sorted(set(brands.values_list("country", flat=True))),
        "currencies": sorted(set(brands.values_list("currency", flat=True))),
    }
    part = request.headers.get("HX-Target") == "offers"
    return render(request, "portal/_offers.html" if part else "portal/catalog.html", context)


def _filtered(products: QuerySet[Any], wanted: dict[str, str]) -> QuerySet[Any]:
    if wanted["q"]:
        products = products.filter(Q(name__icontains=wanted["q"]) | Q(brand__name__icontains=wanted["q"]))
    if wanted["country"]:
        products = products.filter(brand__country=wanted["country"])
    if wanted["currency"]:
        products = products.filter(brand__currency=wanted["currency"])
    return products.order_by("brand__name", "min_face_value", "pk")
