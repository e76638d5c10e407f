"""A card that the supplier sold us: opaque strings, the code and pin only ever encrypted."""

import uuid

from django.db import models
from django.db.models import Q

from orders.models.order import OrderItem
from orders.models.purchase import Purchase
from steller.database import MoneyField

_HIDDEN = "•••"
_LEAST_SHOWN, _SHOWN = 12, 4


def masked(secret: str) -> str:
    """Show the last characters of a long serial number, enough to talk about it; nothing of a short one."""
    if not secret:
        return ""
    return _HIDDEN + secret[-_SHOWN:] if len(secret) >= _LEAST_SHOWN else _HIDDEN


class Card(models.Model):
    """One delivered card. Without a line it is a surplus that staff must look at."""

    class Status(models.TextChoices):
        """Whether it counts as stock: a surplus that nobody can use is written off."""

        SOLD = "sold"
        WRITTEN_OFF = "written_off"

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
    status = models.CharField(max_length=20, choices=Status, default=Status.SOLD)
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
        permissions = [
            ("reveal_card", "Can read the cards of a partner"),
            ("refund_card", "Can refund a card that was bad"),
        ]

    def __str__(self) -> str:
        return f"card {self.supplier_card_id}"

    @property
    def masked_serial_number(self) -> str:
        """The end of the serial number, for those who may not read the card."""
        return masked(self.serial_number)

    def place(self, field: str) -> str:
        """Name the place that a secret of this card is bound to."""
        return f"card|{field}|{self.id}|{self.item_id or ''}"


class CardRefund(models.Model):
    """Money given back for a delivered card that was bad; append-only, the ledger has the entry."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="refunds")
    # Of the person who refunds: the same one twice is one refund.
    request_id = models.UUIDField()
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    # The wallet entry's reference.
    reference = models.CharField(max_length=64)
    actor = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["card", "request_id"], name="one_refund_per_request_id"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} for {self.card_id}"
