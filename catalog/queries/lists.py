"""What is for sale: products, brands, categories, their listed prices, and what cards cost us now."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from catalog.models import Brand, Category, Product, ProductPrice
from catalog.pricing import SupplierPrice, price_card
from catalog.queries.rules import Rules
from wallets import queries as wallets


@dataclass(frozen=True, slots=True)
class SalePrice:
    """What one card costs at the smallest and at the largest face value."""

    min: Decimal
    max: Decimal
    currency: str


def product_list(*, partner_id: int) -> QuerySet[Product]:  # noqa: ARG001 - all partners see the same so far
    """Return what a partner may order, by id, each with its brand and its current price (two queries)."""
    current = Prefetch("prices", queryset=ProductPrice.objects.filter(until=None))
    products = Product.objects.filter(withdrawn_at=None, brand__withdrawn_at=None)
    return products.select_related("brand").prefetch_related(current).order_by("pk")


def brand_list() -> QuerySet[Brand]:
    """Return the brands that are not withdrawn, by id, with their categories (two queries)."""
    return Brand.objects.filter(withdrawn_at=None).prefetch_related("categories").order_by("pk")


def category_list() -> QuerySet[Category]:
    """Return all categories, by id."""
    return Category.objects.order_by("pk")


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
    ends = [
        price_card(face, supplier=supplier, rule=rule, face_rate=Decimal(1), cost_rate=rate.value, places=places)
        for face in (supplier.min_face, supplier.max_face)
    ]
    least, most = ends
    return SalePrice(least.unit_price, most.unit_price, currency) if least and most else None


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
