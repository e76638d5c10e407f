"""The supplier's catalog, the rules that make our prices and partners' catalogs, and the runs that read it all."""

from catalog.models.offers import Brand, Category, Country, Product, ProductPrice
from catalog.models.rules import CatalogRule, CommissionRule
from catalog.models.runs import RawPage, Revision, SyncRun

__all__ = [
    "Brand",
    "CatalogRule",
    "Category",
    "CommissionRule",
    "Country",
    "Product",
    "ProductPrice",
    "RawPage",
    "Revision",
    "SyncRun",
]
