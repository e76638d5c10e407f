"""The reads of the catalog: what is for sale, and what it costs a partner.

The price of an order's line and the price that a list shows come through the same rule and arithmetic.
"""

from catalog.queries.explanations import ConsideredRule, PriceExplanation, price_explanation
from catalog.queries.lines import LineRequest, PricedLine, price_lines
from catalog.queries.lists import (
    SalePrice,
    brand_list,
    category_list,
    country_list,
    in_stock,
    product_list,
    sale_price_range,
    search,
    supplier_price,
    unit_costs,
)
from catalog.queries.rules import Rules, rules_for
from catalog.queries.staff import (
    KINDS_OF_THINGS,
    PRODUCT_STATES,
    catalog_rules,
    commission_rule,
    commission_rules,
    every_product,
    product_state,
    products_at_supplier,
    rule_state,
    sync_run,
    sync_runs,
    things_named,
)
from catalog.queries.stamps import stamp
from catalog.queries.visibility import deciding_rule

__all__ = [
    "KINDS_OF_THINGS",
    "PRODUCT_STATES",
    "ConsideredRule",
    "LineRequest",
    "PriceExplanation",
    "PricedLine",
    "Rules",
    "SalePrice",
    "brand_list",
    "catalog_rules",
    "category_list",
    "commission_rule",
    "commission_rules",
    "country_list",
    "deciding_rule",
    "every_product",
    "in_stock",
    "price_explanation",
    "price_lines",
    "product_list",
    "product_state",
    "products_at_supplier",
    "rule_state",
    "rules_for",
    "sale_price_range",
    "search",
    "stamp",
    "supplier_price",
    "sync_run",
    "sync_runs",
    "things_named",
    "unit_costs",
]
