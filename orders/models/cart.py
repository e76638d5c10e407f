"""What a person means to order: kept in the database, so that it is there after the next log-in, on any device."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from steller.database import MoneyField


class Cart(models.Model):
    """One person's cart. Its `request_id` makes it one order, however often it is sent; each change gives a new one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+")
    request_id = models.UUIDField(default=uuid.uuid4)
    # Of the wallet that was chosen to pay; empty: the first one.
    currency = models.CharField(max_length=3, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"cart of user:{self.user_id}"


class CartLine(models.Model):
    """So many cards of one product at one face value, and the price at which they were last seen."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="+")
    face_value = MoneyField()
    quantity = models.PositiveIntegerField()
    # Of one card, in `seen_currency`; a later price is shown beside it.
    seen_price = MoneyField(null=True)
    seen_currency = models.CharField(max_length=3, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "product", "face_value"], name="one_cart_line_per_card"),
            models.CheckConstraint(
                condition=Q(face_value__gt=0, quantity__gte=1, quantity__lte=500), name="cart_line_can_be_ordered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x product:{self.product_id}"
