"""What is for sale: products, brands, categories, their listed prices, and what cards cost us now."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from catalog.models import Brand, Category, Country, Product, ProductPrice
from catalog.pricing import SupplierPrice, Terms, discount_percent, price_card
from catalog.queries.rules import Rules
from catalog.queries.visibility import visible
from wallets import queries as wallets


@dataclass(frozen=True, slots=True)
class SalePrice:
    """What one card costs at the smallest and at the largest face value."""

    min: Decimal
    max: Decimal
    currency: str
    # Of the face value, in percent, at both ends; negative: the price lies above it.
    min_discount: Decimal = Decimal(0)
    max_discount: Decimal = Decimal(0)


def product_list(*, partner_id: int, with_withdrawn: bool = False) -> QuerySet[Product]:
    """Return what a partner may order, by id, each with its brand and its current price (three queries)."""
    current = Prefetch("prices", queryset=ProductPrice.objects.filter(until=None))
    products = visible(Product.objects.select_related("brand"), partner_id=partner_id)
    if not with_withdrawn:
        products = products.filter(withdrawn_at=None, brand__withdrawn_at=None)
    return products.prefetch_related(current).order_by("pk")


def brand_list(*, partner_id: int | None = None) -> QuerySet[Brand]:
    """Return the brands that are not withdrawn, by id, with their categories (two queries).

    With a partner: those that it may order a product of.
    """
    brands = Brand.objects.filter(withdrawn_at=None)
    if partner_id is not None:
        brands = brands.filter(Exists(_offered(partner_id).filter(brand=OuterRef("pk"))))
    return brands.prefetch_related("categories").order_by("pk")


def category_list(*, partner_id: int | None = None) -> QuerySet[Category]:
    """Return categories, by id; with a partner: those that it may order a product of."""
    categories = Category.objects.order_by("pk")
    if partner_id is None:
        return categories
    return categories.filter(Exists(_offered(partner_id).filter(brand__categories=OuterRef("pk"))))


def country_list(*, partner_id: int) -> QuerySet[Country]:
    """Return the countries that a partner may order a product for, by code."""
    return Country.objects.filter(Exists(_offered(partner_id).filter(brand__country=OuterRef("code")))).order_by("code")


def search(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Keep the products whose name, together with their brand's, contains each word; served by an index."""
    for word in text.replace("\0", "").split():
        products = products.filter(search_text__icontains=word)
    return products


def _offered(partner_id: int) -> QuerySet[Product]:
    return visible(Product.objects.filter(withdrawn_at=None, brand__withdrawn_at=None), partner_id=partner_id)


def in_stock(product: Product) -> bool:
    """Tell whether the supplier has a card at least, and has not refused the product since the last sync."""
    return product.refused_at is None and product.stock != 0


def supplier_price(product: Product) -> SupplierPrice | None:
    """Return the supplier's current price of a product of `product_list`, None when it has none."""
    row = next((price for price in product.prices.all() if price.until is None), None)
    if row is None:
        return None
    return SupplierPrice(product.min_face_value, product.max_face_value, row.min, row.max, row.currency)


def sale_price_range(product: Product, *, rules: Rules) -> SalePrice | None:
    """Return what a product of `product_list` costs in its own currency; None: it cannot be priced now."""
    currency = product.brand.currency
    supplier = supplier_price(product)
    rule = rules.rule_for(product_id=product.pk, brand_id=product.brand_id, currency=currency)
    places = wallets.minor_units(currency)
    if supplier is None or rule is None or places is None:
        return None
    rate = rules.rate(supplier.currency, currency)
    if rate is None or not rules.is_fresh(rate):
        return None
    terms = Terms(Decimal(1), rate.value, places, settings.MINIMUM_MARGIN_PERCENT)
    least, most = (
        price_card(face, supplier=supplier, rule=rule, terms=terms) for face in (supplier.min_face, supplier.max_face)
    )
    if least is None or most is None:
        return None
    return SalePrice(
        least.unit_price,
        most.unit_price,
        currency,
        discount_percent(supplier.min_face, least.unit_price),
        discount_percent(supplier.max_face, most.unit_price),
    )


def unit_costs(*, wanted: Collection[tuple[int, Decimal]]) -> dict[tuple[int, Decimal], Decimal]:
    """Return what one card costs now, in the supplier's price currency, by product id and face value. One query.

    A product without a price, or that is not sold at that face value any more, is left out.
    """
    prices = _current_prices([product_id for product_id, _ in wanted])
    return {
        (product_id, face_value): price.cost(face_value)
        for product_id, face_value in wanted
        if (price := prices.get(product_id)) is not None and price.sells(face_value)
    }


def _current_prices(product_ids: Collection[int]) -> dict[int, SupplierPrice]:
    rows = ProductPrice.objects.filter(until=None, product__in=product_ids).select_related("product")
    return {
        row.product_id: SupplierPrice(
            row.product.min_face_value, row.product.max_face_value, row.min, row.max, row.currency
        )
        for row in rows
    }
