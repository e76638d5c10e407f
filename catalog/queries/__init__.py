"""The reads of the catalog: what is for sale, and what it costs a partner.

The price of an order's line and the price that a list shows come through the same rule and arithmetic.
"""

from catalog.queries.lines import LineRequest, PricedLine, price_lines
from catalog.queries.lists import (
    SalePrice,
    brand_list,
    category_list,
    in_stock,
    product_list,
    sale_price_range,
    supplier_price,
    unit_costs,
)
from catalog.queries.rules import Rules, rules_for

__all__ = [
    "LineRequest",
    "PricedLine",
    "Rules",
    "SalePrice",
    "brand_list",
    "category_list",
    "in_stock",
    "price_lines",
    "product_list",
    "rules_for",
    "sale_price_range",
    "supplier_price",
    "unit_costs",
]
