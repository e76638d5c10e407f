"""The catalog over HTTP: what partners read of it, and what staff rule of it."""

from catalog.api.staff import (
    CatalogRulesView,
    CatalogRuleView,
    CommissionsView,
    CommissionView,
    PriceView,
    SyncRunView,
    SyncView,
)
from catalog.api.views import BrandsView, BrandView, CategoriesView, CountriesView, ProductsView, ProductView

__all__ = [
    "BrandView",
    "BrandsView",
    "CatalogRuleView",
    "CatalogRulesView",
    "CategoriesView",
    "CommissionView",
    "CommissionsView",
    "CountriesView",
    "PriceView",
    "ProductView",
    "ProductsView",
    "SyncRunView",
    "SyncView",
]
