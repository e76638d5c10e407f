"""What partners read of the catalog, as JSON."""

from typing import Any

from rest_framework import serializers

from catalog import queries
from catalog.models import Brand, Category, Country, Product
from catalog.queries import Rules
from steller.money import display


class Named(serializers.Serializer[Any]):
    """An id with its name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class PriceRange(serializers.Serializer[Any]):
    """What one card costs the partner at the smallest and at the largest face value."""

    min = serializers.CharField()
    max = serializers.CharField()
    currency = serializers.CharField()


class DiscountRange(serializers.Serializer[Any]):
    """By how much the price lies below the smallest and the largest face value, in percent; negative: above."""

    min = serializers.CharField()
    max = serializers.CharField()


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
    discount = DiscountRange(allow_null=True, help_text="Null: no price.")
    logo_url = serializers.CharField(allow_null=True)
    is_withdrawn = serializers.BooleanField(help_text="It cannot be ordered any more.")
    changed_at = serializers.DateTimeField(help_text="When the supplier's side of it last changed.")


class ProductDetail(ProductBody):
    """A product with the texts of its brand."""

    categories = Named(many=True)
    description = serializers.CharField(allow_null=True)
    disclaimer = serializers.CharField(allow_null=True)
    redemption_instructions = serializers.CharField(allow_null=True)
    terms = serializers.CharField(allow_null=True)


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
    changed_at = serializers.DateTimeField()


class CategoryBody(Named):
    """A grouping of brands."""

    description = serializers.CharField()


class CountryBody(serializers.Serializer[Any]):
    """A country that cards are sold for; `GLC` stands for cards that work everywhere."""

    code = serializers.CharField()
    name = serializers.CharField()
    alpha3 = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)


def product_body(product: Product, *, rules: Rules) -> dict[str, object]:
    """Write a product of `product_list`."""
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
        "discount": price and {"min": str(price.min_discount), "max": str(price.max_discount)},
        "logo_url": brand.logo_url,
        "is_withdrawn": product.withdrawn_at is not None or brand.withdrawn_at is not None,
        "changed_at": max(product.updated_at, brand.updated_at),
    }


def product_detail(product: Product, *, rules: Rules) -> dict[str, object]:
    """Write a product with the texts of its brand."""
    return product_body(product, rules=rules) | _texts(product.brand)


def brand_body(brand: Brand) -> dict[str, object]:
    """Write a brand."""
    return {
        "id": brand.pk,
        "name": brand.name,
        "country": brand.country,
        "currency": brand.currency,
        "logo_url": brand.logo_url,
        "changed_at": brand.updated_at,
    } | _texts(brand)


def _texts(brand: Brand) -> dict[str, object]:
    return {
        "categories": [{"id": category.pk, "name": category.name} for category in brand.categories.all()],
        "description": brand.description,
        "disclaimer": brand.disclaimer,
        "redemption_instructions": brand.redemption_instructions,
        "terms": brand.terms,
    }


def category_body(category: Category) -> dict[str, object]:
    """Write a category."""
    return {"id": category.pk, "name": category.name, "description": category.description}


def country_body(country: Country) -> dict[str, object]:
    """Write a country."""
    return {
        "code": country.code,
        "name": country.name,
        "alpha3": country.alpha3 or None,
        "currency": country.currency or None,
    }
