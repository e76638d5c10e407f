"""Categories, brands, products, the supplier's prices, and the rules that make our own."""

from django.db import models
from django.db.models import F, Q

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


class CommissionRule(Recorded):
    """How a partner's price follows from the face value; the most specific rule in force wins.

    The price of a card is its face value plus the commission, or less it when it is `included`; it is never
    below our cost. No rule in force means no price: the product is shown "on request".
    """

    class Kind(models.TextChoices):
        """How `value` is meant."""

        PERCENT = "percent"
        FIXED = "fixed"

    class Basis(models.TextChoices):
        """Whether the commission lies inside the face value (a discount) or comes on top of it."""

        INCLUDED = "included"
        EXTRA = "extra"

    partner = models.ForeignKey(
        "partners.Partner", null=True, blank=True, on_delete=models.CASCADE, related_name="commission_rules"
    )
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.CASCADE)
    # The face value's currency.
    currency = models.CharField(max_length=3, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERCENT)
    basis = models.CharField(max_length=10, choices=Basis, default=Basis.EXTRA)
    value = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(value__gte=0), name="commission_is_not_negative"),
            models.CheckConstraint(
                condition=~Q(kind="percent", basis="included") | Q(value__lt=100),
                name="a_discount_is_less_than_the_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} {self.kind} {self.basis}"
