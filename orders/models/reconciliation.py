"""Our purchases beside the supplier's own books: what it reported, what differs, and who explained it.

A run reads the report of some days and compares. Lines and differences belong to no run: they are stored once,
however often they are seen, so that running again changes nothing.
"""

from django.db import models
from django.db.models import F, Q

from orders.models.purchase import Purchase
from steller.database import Mode, MoneyField


class ReconciliationStatus(models.TextChoices):
    """How far a run is. One that is queued, or running without a lease, is found by a sweep."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Reconciliation(models.Model):
    """One comparison of some days, both included, in UTC. The row is the request for it and its protocol."""

    mode = models.CharField(max_length=4, choices=Mode)
    first_day = models.DateField()
    last_day = models.DateField()
    status = models.CharField(max_length=10, choices=ReconciliationStatus, default=ReconciliationStatus.QUEUED)
    requested_by = models.CharField(max_length=64)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    # Why the report could not be read: the supplier's client's code, `no_slot`, or `gave_up`.
    error_code = models.CharField(max_length=60, blank=True)
    lines_read = models.PositiveIntegerField(default=0)
    lines_new = models.PositiveIntegerField(default=0)
    purchases_checked = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("run_reconciliation", "Can compare our purchases with the supplier's books")]
        constraints = [
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="reconciled_days_are_in_order"),
            models.UniqueConstraint(
                fields=["mode"], condition=Q(status="running"), name="one_reconciliation_runs_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["done", "failed"]) ^ Q(finished_at__isnull=True),
                name="reconciliation_is_finished_when_over",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="running_reconciliation_has_a_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(status__in=["queued", "running"]), name="reconciliations_to_run"),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.first_day} to {self.last_day}"


class SupplierTransaction(models.Model):
    """A line of the supplier's transactions report, as it was when we first saw it. Stored once."""

    mode = models.CharField(max_length=4, choices=Mode)
    transaction_id = models.CharField(max_length=100)
    type = models.TextField(blank=True)
    # The charge of an order; anything else is a person's matter.
    is_charge = models.BooleanField()
    request_id = models.UUIDField(null=True)
    supplier_order_id = models.BigIntegerField(null=True)
    # Empty where the line names none.
    currency = models.CharField(max_length=3, blank=True)
    # As reported; a charge may come with either sign.
    amount = MoneyField(null=True)
    # What the account held after it.
    balance = MoneyField(null=True)
    happened_at = models.DateTimeField(null=True)
    client_name = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    raw = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["mode", "transaction_id"], name="each_supplier_line_is_stored_once"),
        ]
        indexes = [
            models.Index(fields=["mode", "request_id"], name="supplier_lines_of_request"),
        ]

    def __str__(self) -> str:
        return self.transaction_id


class DifferenceKind(models.TextChoices):
    """What kind of difference it is; `timing` explains itself, all others want an explanation."""

    # The charge of a young purchase is not reported yet, or a charged purchase is still open.
    TIMING = "timing"
    # Charged is not what we recorded, or not what we expected.
    PRICE = "price"
    CHARGED_WITHOUT_CARD = "charged_without_card"
    CARD_WITHOUT_CHARGE = "card_without_charge"
    DUPLICATE_CHARGE = "duplicate_charge"
    # A RequestId that is not ours, or a line that is no order: a refund, a top-up, something new.
    UNKNOWN = "unknown"
    # The balance after a line does not follow from the one before it.
    BROKEN_BALANCE = "broken_balance"
    # The supplier now says something else of a line than it did before.
    CHANGED_LINE = "changed_line"


class ReconciliationDifference(models.Model):
    """Something in which the supplier's books and ours differ, from the first time it was seen until it is gone."""

    mode = models.CharField(max_length=4, choices=Mode)
    kind = models.CharField(max_length=30, choices=DifferenceKind)
    # What differs, as text that makes it one row however often it is found: `purchase:<id>`, `line:<id>`.
    subject = models.CharField(max_length=60)
    purchase = models.ForeignKey(Purchase, null=True, on_delete=models.PROTECT, related_name="differences")
    line = models.ForeignKey(SupplierTransaction, null=True, on_delete=models.PROTECT, related_name="differences")
    currency = models.CharField(max_length=3, blank=True)
    # The supplier's amount less ours.
    amount = MoneyField()
    detail = models.CharField(max_length=200)
    runs = models.ManyToManyField(Reconciliation, related_name="differences")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # A later run looked at the same thing and found nothing.
    cleared_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=64, blank=True)
    resolution = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("resolve_difference", "Can explain a difference with the supplier")]
        constraints = [
            models.UniqueConstraint(fields=["mode", "kind", "subject"], name="each_difference_is_stored_once"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by="", resolution="")
                | Q(resolved_at__isnull=False) & ~Q(resolved_by="") & ~Q(resolution=""),
                name="resolution_has_an_author_and_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["mode", "kind"],
                condition=Q(cleared_at__isnull=True, resolved_at__isnull=True),
                name="open_differences",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class ReconciliationFigure(models.Model):
    """What a run came to in one currency, when it ended."""

    run = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="figures")
    # Empty: lines that name no currency.
    currency = models.CharField(max_length=3, blank=True)
    # What the supplier charged for orders, and what we recorded as charged, over all that was compared.
    charged = MoneyField(default=0)
    recorded = MoneyField(default=0)
    # Lines that are no orders, as reported.
    other = MoneyField(default=0)
    # Amounts of differences without their signs, so that two of them never hide each other.
    timing = MoneyField(default=0)
    resolved = MoneyField(default=0)
    unexplained = MoneyField(default=0)

    class Meta:
        ordering = ["run", "currency"]
        constraints = [models.UniqueConstraint(fields=["run", "currency"], name="one_figure_per_run_and_currency")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.currency}"
