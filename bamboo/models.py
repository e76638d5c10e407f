"""The supplier's accounts, the shared limiter that all processes book from, and what its callbacks hint at."""

from django.db import models

from steller.database import Mode, MoneyField


class Account(models.Model):
    """One of our funding accounts at the supplier: a currency, its balance, and the queue that it pays for."""

    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    supplier_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    balance = MoneyField()
    is_active = models.BooleanField(default=True)
    sandbox_mode = models.BooleanField()
    read_at = models.DateTimeField()
    # The turn of the last leader: no line starts behind it (start-time fair queueing).
    clock = models.FloatField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    # What may be spent at most before the balance is read again; empty: nothing was refused for funds.
    float_limit = MoneyField(null=True, blank=True)

    class Meta:
        ordering = ["mode", "currency", "supplier_id"]
        constraints = [
            models.UniqueConstraint(fields=["mode", "supplier_id"], name="one_row_per_supplier_account"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.currency}"


class Limiter(models.Model):
    """When an endpoint may be called next, and whether it is blocked, for one pair of credentials."""

    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    key = models.CharField(max_length=20)
    next_at = models.DateTimeField()
    # The latest sends, for limits too wide to be kept by spacing.
    sent = models.JSONField(default=list)
    # The breaker: closed while blocked_until is empty.
    blocked_until = models.DateTimeField(null=True)
    blocked_for = models.FloatField(default=0)
    reason = models.CharField(max_length=100, blank=True)
    # The kill switch: set and lifted by people only, whatever accounts answers.
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=64, blank=True, db_default="")
    stop_reason = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        ordering = ["mode", "key"]
        constraints = [models.UniqueConstraint(fields=["mode", "key"], name="one_limiter_per_endpoint")]

    def __str__(self) -> str:
        return f"{self.mode} {self.key}"


class ReceivedCallback(models.Model):
    """A genuine callback that was taken, so that the same one changes nothing when it comes again."""

    key = models.CharField(max_length=120, unique=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["received_at"], name="callbacks_by_age")]

    def __str__(self) -> str:
        return self.key


class ProductHint(models.Model):
    """A product that the supplier says has changed; gone once the catalog has read it."""

    supplier_id = models.IntegerField(unique=True)
    hinted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["hinted_at"]

    def __str__(self) -> str:
        return str(self.supplier_id)
