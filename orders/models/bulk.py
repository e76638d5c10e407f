"""An uploaded file of cards to order: read and priced first, confirmed by a person, then ordered part by part.

The rows in their states are the outbox: a part in `waiting` is an order that is still to be placed, under the
`request_id` that was stored with it, so that no crash and no double click orders it twice.
"""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import Q

from steller.database import Mode, MoneyField, Recorded


class BulkStatus(models.TextChoices):
    """Where a bulk order stands."""

    DRAFT = "draft"
    ORDERING = "ordering"
    ORDERED = "ordered"
    DISCARDED = "discarded"


class PartStatus(models.TextChoices):
    """Where one order of a bulk order stands."""

    WAITING = "waiting"
    PLACED = "placed"
    REFUSED = "refused"


class BulkOrder(Recorded):
    """One uploaded file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    currency = models.CharField(max_length=3)
    file_name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=BulkStatus, default=BulkStatus.DRAFT)
    # What the sound rows held and cost when they were read.
    cards = models.PositiveIntegerField()
    total = MoneyField()
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["partner", "mode", "-created_at", "-id"], name="bulk_orders_of_partner")]

    def __str__(self) -> str:
        return self.file_name


class BulkPart(models.Model):
    """One order of a bulk order: at most 100 rows and 5,000 cards."""

    bulk = models.ForeignKey(BulkOrder, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField()
    request_id = models.UUIDField(unique=True, default=uuid.uuid4)
    expected_total = MoneyField()
    status = models.CharField(max_length=10, choices=PartStatus, default=PartStatus.WAITING)
    order = models.OneToOneField("orders.Order", null=True, on_delete=models.PROTECT, related_name="+")
    error = models.CharField(max_length=300, blank=True)
    # Another worker leaves the part alone until then.
    leased_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["bulk", "position"]
        constraints = [
            models.UniqueConstraint(fields=["bulk", "position"], name="one_part_per_position"),
            models.CheckConstraint(
                condition=Q(status="placed") ^ Q(order__isnull=True), name="placed_part_has_its_order"
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(status="waiting"), name="parts_to_place")]

    def __str__(self) -> str:
        return f"{self.bulk_id}/{self.position}"


class BulkRow(models.Model):
    """One row of the file as it was read; `error` says why it cannot be ordered."""

    bulk = models.ForeignKey(BulkOrder, on_delete=models.CASCADE, related_name="rows")
    part = models.ForeignKey(BulkPart, null=True, on_delete=models.CASCADE, related_name="rows")
    # The line in the file, as a spreadsheet counts.
    number = models.PositiveIntegerField()
    product_text = models.CharField(max_length=100)
    face_value_text = models.CharField(max_length=100)
    quantity_text = models.CharField(max_length=100)
    note = models.CharField(max_length=200, blank=True)
    product = models.ForeignKey("catalog.Product", null=True, on_delete=models.PROTECT, related_name="+")
    face_value = MoneyField(null=True)
    quantity = models.PositiveSmallIntegerField(null=True)
    unit_price = MoneyField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["bulk", "number"]
        constraints = [
            models.UniqueConstraint(fields=["bulk", "number"], name="one_row_per_line_of_the_file"),
            models.CheckConstraint(
                condition=~Q(error="")
                | Q(product__isnull=False, face_value__gt=0, quantity__gte=1, quantity__lte=500, unit_price__gt=0),
                name="sound_row_is_priced",
            ),
        ]
        indexes = [models.Index(fields=["bulk"], condition=~Q(error=""), name="rows_with_errors")]

    def __str__(self) -> str:
        return f"{self.bulk_id}:{self.number}"

    @property
    def amount(self) -> Decimal | None:
        """What the row costs."""
        return None if self.unit_price is None or self.quantity is None else self.unit_price * self.quantity
