"""One supplier order, the record of its sends, and what keeps sends fair and within the supplier's limits."""

import uuid

from django.db import models
from django.db.models import Q

from orders import states
from steller.database import Mode, MoneyField


class Decision(models.TextChoices):
    """What people say of a purchase when the supplier's answers do not."""

    NOT_BOUGHT_WAIT = "not_bought_wait"
    NOT_BOUGHT_FAIL = "not_bought_fail"
    NOT_COMING = "not_coming"


class Purchase(models.Model):
    """A supplier order that carries many lines. Committed, with its RequestId, before it is ever sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey("bamboo.Account", on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=4, choices=Mode)
    supplier_request_id = models.UUIDField(unique=True, default=uuid.uuid4)
    supplier_order_id = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10, choices=states.PurchaseStatus)
    # A part of a refused purchase. `suspect`: the refused product is among its lines.
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    suspect = models.BooleanField(default=False)
    # The refused purchase that all these parts descend from.
    root = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="descendants")
    # Sends whose answer we do not have; raised before each send, lowered by a readable answer to it.
    doubt = models.PositiveSmallIntegerField(default=0)
    sends = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    checks = models.PositiveIntegerField(default=0)
    not_found_at = models.DateTimeField(null=True)
    # What the last read showed, to tell whether two reads a minute apart agree.
    seen = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    expected_cost = MoneyField()
    total = MoneyField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    frozen_at = models.DateTimeField(null=True)
    review_reason = models.CharField(max_length=200, blank=True)
    review_at = models.DateTimeField(null=True)
    review_closed_at = models.DateTimeField(null=True)
    # What one person wants to decide of it, until a second one agrees.
    proposed_decision = models.CharField(max_length=20, blank=True, choices=Decision)
    proposed_by = models.CharField(max_length=64, blank=True)
    proposed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="placing") | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="placing_purchase_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status="planned") | Q(doubt=0),
                name="planned_purchase_is_free_of_doubt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=Q(status__in=["placing", "unknown", "placed"], frozen_at__isnull=True),
                name="purchases_to_read",
            ),
            models.Index(fields=["lease_until"], condition=Q(status="placing"), name="purchases_being_sent"),
            models.Index(fields=["account", "-created_at"], condition=Q(status="planned"), name="purchases_planned"),
            models.Index(
                fields=["supplier_order_id"],
                condition=Q(supplier_order_id__isnull=False),
                name="purchases_by_supplier_order",
            ),
            models.Index(
                fields=["review_at"],
                condition=Q(review_at__isnull=False, review_closed_at__isnull=True),
                name="purchases_to_review",
            ),
            models.Index(
                fields=["account"],
                include=["expected_cost"],
                condition=Q(status__in=states.OPEN_PURCHASES),
                name="open_purchases",
            ),
            models.Index(
                fields=["settled_at", "id"], condition=Q(settled_at__isnull=False), name="purchases_by_settlement"
            ),
        ]
        permissions = [
            ("review_purchase", "Can decide what the review list asks"),
            ("control_supply", "Can stop and resume calls to the supplier"),
        ]

    def __str__(self) -> str:
        return str(self.supplier_request_id)

    def move_to(self, status: states.PurchaseStatus) -> None:
        """Take a step of the purchase's life.

        Raises:
            IllegalMoveError: `states.PURCHASE_MOVES` has no such step.

        """
        states.check_move(states.PURCHASE_MOVES, states.PurchaseStatus(self.status), status)
        self.status = status


class AttemptConclusion(models.TextChoices):
    """What a send came to; `sent` is written before it, the others after its answer."""

    SENT = "sent"
    PLACED = "placed"
    REFUSED = "refused"
    FLOAT_SHORT = "float_short"
    MISCONFIGURED = "misconfigured"
    OUR_FAULT = "our_fault"
    RATE_LIMITED = "rate_limited"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


class PurchaseAttempt(models.Model):
    """One send of a RequestId, or the answer to it. Append-only, and never with a body."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="attempts")
    token = models.UUIDField()
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    conclusion = models.CharField(max_length=20, choices=AttemptConclusion)
    error_code = models.CharField(max_length=60, blank=True)
    # The worker had lost its lease when it wrote this: nothing else was changed.
    fenced = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.purchase_id} {self.conclusion}"


class ProductSlot(models.Model):
    """A send that counts against a product's limit until `busy_until`."""

    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=4, choices=Mode)
    token = models.UUIDField()
    sent_at = models.DateTimeField()
    busy_until = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["product", "busy_until"], name="slots_of_product"),
            models.Index(fields=["token"], name="slots_of_send"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} until {self.busy_until}"


class SoloProduct(models.Model):
    """A product that was refused alone: until then it is bought in checkouts of its own."""

    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=4, choices=Mode)
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "mode"], name="one_solo_row_per_product"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} until {self.until}"


class PartnerTurn(models.Model):
    """Where a partner stands in an account's fair order; moved on by each line that is given a turn."""

    account = models.ForeignKey("bamboo.Account", on_delete=models.CASCADE, related_name="+")
    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, related_name="+")
    turn = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "partner"], name="one_turn_per_partner_and_account"),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.turn}"
