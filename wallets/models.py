"""Currencies, exchange rates, wallets, holds, the append-only ledger, and moves of money that wait for a person."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from steller.database import Mode, MoneyField, Recorded


class Currency(models.Model):
    """An ISO 4217 currency; seeded by migration."""

    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=80)
    # Digits behind the decimal point of its smallest coin: prices are rounded to them.
    minor_units = models.PositiveSmallIntegerField(default=2)

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "currencies"

    def __str__(self) -> str:
        return self.code


class ExchangeRate(models.Model):
    """Units of `currency` per one `base`, as the supplier gave it, and when it was read."""

    base = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="rates_from")
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="rates_to")
    value = models.DecimalField(max_digits=20, decimal_places=10)
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["base", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["base", "currency"], name="one_current_rate_per_pair"),
            models.CheckConstraint(condition=Q(value__gt=0), name="rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.base_id}/{self.currency_id} {self.value}"


class RateChange(models.Model):
    """A rate as it became, when it was first read so: what finance looks up for a day in the past. Append-only."""

    base = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+")
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField(max_digits=20, decimal_places=10)
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["base", "currency", "-read_at"], name="rate_at_a_time")]

    def __str__(self) -> str:
        return f"{self.base_id}/{self.currency_id} {self.value}"


class WalletType(models.TextChoices):
    """What a wallet is for: orders are paid from the prepaid one unless they name another."""

    PREPAID = "prepaid"
    PROMOTIONAL = "promotional"


class Wallet(Recorded):
    """A partner's money in one currency: what may be spent, and what open orders hold."""

    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="wallets")
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    type = models.CharField(max_length=20, choices=WalletType, default=WalletType.PREPAID)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    available = MoneyField(default=0)
    held = MoneyField(default=0)
    version = models.BigIntegerField(default=0)
    low_balance_threshold = MoneyField(null=True, blank=True)
    # When the partner was told that the balance is low; empty again once it has risen.
    low_balance_told_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        permissions = [("adjust_wallet", "Can adjust a wallet's balance")]
        # Of no balance: an index that held one would make each hold rewrite it.
        indexes = [
            models.Index(
                fields=["id"], condition=Q(low_balance_threshold__isnull=False), name="wallets_with_a_threshold"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "currency", "type", "mode"], name="one_wallet_per_partner_and_currency"
            ),
            models.CheckConstraint(condition=Q(available__gte=0), name="wallet_is_never_overdrawn"),
            models.CheckConstraint(condition=Q(held__gte=0), name="wallet_never_holds_less_than_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.currency_id}"

    @property
    def is_low(self) -> bool:
        """Whether less than the threshold may be spent."""
        return self.low_balance_threshold is not None and self.available < self.low_balance_threshold


class Hold(models.Model):
    """Money set aside for one thing (an order line), to be settled once: captured, released, or parted."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="holds")
    reference = models.CharField(max_length=64, unique=True)
    amount = MoneyField()
    captured = MoneyField(default=0)
    released = MoneyField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(settled_at__isnull=True, captured=0, released=0)
                    | Q(settled_at__isnull=False, captured__gte=0, released__gte=0)
                    & Q(amount=F("captured") + F("released"))
                ),
                name="hold_is_settled_whole",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_is_positive"),
        ]
        indexes = [
            models.Index(fields=["wallet"], condition=Q(settled_at__isnull=True), name="open_holds"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"


class EntryKind(models.TextChoices):
    """Why money moved."""

    TOP_UP = "top_up"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"


class WalletEntry(models.Model):
    """One move of money in one wallet. Never changed, never deleted: the database refuses both."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="entries")
    version = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=EntryKind)
    available_delta = MoneyField()
    held_delta = MoneyField()
    available_after = MoneyField()
    held_after = MoneyField()
    reference = models.CharField(max_length=64)
    actor = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["wallet", "-version"]
        verbose_name_plural = "wallet entries"
        constraints = [
            models.UniqueConstraint(fields=["wallet", "version"], name="entry_versions_are_unique"),
            models.UniqueConstraint(fields=["wallet", "kind", "reference"], name="each_move_happens_once"),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["top_up", "refund"], available_delta__gt=0, held_delta=0)
                    | Q(kind="adjustment", held_delta=0) & ~Q(available_delta=0)
                    | Q(kind="hold", held_delta__gt=0, available_delta=0 - F("held_delta"))
                    | Q(kind="capture", available_delta=0, held_delta__lt=0)
                    | Q(kind="release", available_delta__gt=0, held_delta=0 - F("available_delta"))
                ),
                name="entry_moves_what_its_kind_says",
            ),
            models.CheckConstraint(
                condition=Q(available_after__gte=0, held_after__gte=0), name="entry_balances_are_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class RequestStatus(models.TextChoices):
    """Where a request for money stands: `pending` → `approved` (and booked, in one transaction) or `rejected`."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class MoneyRequest(Recorded):
    """Money that somebody asks to have moved, once for each reference; our staff decide.

    What staff record themselves has their approval with it; above a limit a second person's is needed.
    """

    kind: ClassVar[EntryKind]

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="%(class)ss")
    amount = MoneyField()
    reference = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=RequestStatus, default=RequestStatus.PENDING)
    first_approved_at = models.DateTimeField(null=True)
    first_approved_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decision_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["wallet", "reference"], name="one_%(class)s_per_reference"),
            models.CheckConstraint(
                condition=(
                    Q(status="pending", decided_at__isnull=True, decided_by="")
                    | Q(status__in=["approved", "rejected"], decided_at__isnull=False) & ~Q(decided_by="")
                ),
                name="%(class)s_is_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(status="pending"), name="pending_%(class)ss"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"

    @property
    def name(self) -> str:
        """Name the request in the audit log."""
        return f"{self._meta.model_name}:{self.pk}"

    @property
    def is_ours(self) -> bool:
        """Whether our staff recorded it, unasked: then its recorder is its first approver."""
        return self.created_by in {self.first_approved_by, self.decided_by}


class TopUp(MoneyRequest):
    """Money that a partner paid in, by its payment reference."""

    kind = EntryKind.TOP_UP

    class Meta(MoneyRequest.Meta):
        permissions = [("approve_topup", "Can approve and reject top-ups")]
        constraints = [
            *MoneyRequest.Meta.constraints,
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="topup_is_positive",
                violation_error_message="The amount must be above zero.",
            ),
        ]


class Adjustment(MoneyRequest):
    """A correction of a balance, up or down; its reason is kept for ever."""

    kind = EntryKind.ADJUSTMENT

    class Meta(MoneyRequest.Meta):
        constraints = [
            *MoneyRequest.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(amount=0) & ~Q(reason=""),
                name="adjustment_has_amount_and_reason",
                violation_error_message="An adjustment needs an amount other than 0 and a reason.",
            ),
        ]
