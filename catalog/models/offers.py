"""Categories, countries, brands, products and the supplier's prices, as the last synchronisation left them."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from steller.database import MoneyField, Recorded


class Category(Recorded):
    """The supplier's grouping of brands."""

    supplier_id = models.IntegerField(unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Country(Recorded):
    """A country that brands are sold for; `GLC` stands for cards that work everywhere."""

    code = models.CharField(max_length=3, unique=True)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3, blank=True)
    alpha3 = models.CharField(max_length=3, blank=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class Brand(Recorded):
    """A brand in one country and currency; its products' face values are in that currency."""

    supplier_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=300)
    country = models.CharField(max_length=3)
    currency = models.CharField(max_length=3)
    description = models.TextField(null=True, blank=True)
    disclaimer = models.TextField(null=True, blank=True)
    redemption_instructions = models.TextField(null=True, blank=True)
    terms = models.TextField(null=True, blank=True)
    logo_url = models.TextField(null=True, blank=True)
    # As the supplier wrote it: its zone is not known.
    supplier_modified = models.CharField(max_length=40, null=True, blank=True)
    categories = models.ManyToManyField(Category, related_name="brands", blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"


class Product(Recorded):
    """A card of a brand: one face value when min equals max, else any value between them."""

    supplier_id = models.IntegerField(unique=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=300)
    # The brand's name and the product's own: what the search looks through, with one index.
    search_text = models.CharField(max_length=601, blank=True)
    min_face_value = MoneyField()
    max_face_value = MoneyField()
    # Cards left at the supplier; empty means unlimited.
    stock = models.IntegerField(null=True, blank=True)
    supplier_modified = models.CharField(max_length=40, null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # The supplier refused the product though the catalog offered it: out of stock until the next sync.
    refused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(min_face_value__gt=0, max_face_value__gte=F("min_face_value")),
                name="product_face_values_are_a_range",
            ),
        ]
        indexes = [
            # Serves `search_text__icontains`, which Django writes as UPPER(...) LIKE UPPER(...).
            GinIndex(OpClass(Upper("search_text"), name="gin_trgm_ops"), name="product_search"),
            models.Index(fields=["updated_at"], name="product_updated"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductPrice(models.Model):
    """What the supplier charges at both ends of the face-value range; a change adds a row."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="prices")
    min = MoneyField()
    max = MoneyField()
    currency = models.CharField(max_length=3)
    since = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["product", "-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["product"], condition=Q(until__isnull=True), name="one_current_price_per_product"
            ),
            models.CheckConstraint(
                condition=Q(min__gte=0, max__gte=F("min")), name="price_is_a_range_of_no_less_than_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.min}-{self.max} {self.currency}"
