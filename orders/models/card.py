"""A card that the supplier sold us: opaque strings, the code and pin only ever encrypted."""

import uuid

from django.db import models
from django.db.models import Q

from orders.models.order import OrderItem
from orders.models.purchase import Purchase
from steller.database import MoneyField


class Card(models.Model):
    """One delivered card. Without a line it is a surplus that staff must look at."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="cards")
    item = models.ForeignKey(OrderItem, null=True, on_delete=models.PROTECT, related_name="cards")
    supplier_card_id = models.BigIntegerField()
    supplier_product_id = models.IntegerField()
    face_value = MoneyField()
    serial_number = models.CharField(max_length=200, blank=True)
    code = models.TextField()
    pin = models.TextField(blank=True)
    # Keyed digest of the code, to find one code that was delivered twice.
    code_index = models.BinaryField(max_length=32)
    is_duplicate = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=20, default="sold")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "supplier_card_id"]
        constraints = [
            models.UniqueConstraint(fields=["purchase", "supplier_card_id"], name="each_supplier_card_is_stored_once"),
            models.UniqueConstraint(
                fields=["code_index"], condition=Q(is_duplicate=False), name="each_code_is_shown_once"
            ),
        ]
        indexes = [
            models.Index(fields=["purchase"], condition=Q(item__isnull=True), name="cards_without_line"),
        ]

    def __str__(self) -> str:
        return f"card {self.supplier_card_id}"

    def place(self, field: str) -> str:
        """Name the place that a secret of this card is bound to."""
        return f"card|{field}|{self.id}|{self.item_id or ''}"
