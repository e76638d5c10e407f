"""Partners, their contacts, users and API keys; what we tell them; the audit log."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower
from django.utils import timezone

from steller.database import Mode, Recorded


class Partner(Recorded):
    """A business that orders cards from us and pays from its prepaid wallets."""

    name = models.CharField(max_length=200)
    registration_number = models.CharField(max_length=100, blank=True)
    logo_url = models.URLField(blank=True)
    address = models.TextField(blank=True)
    phone = models.CharField(max_length=50, blank=True)
    email = models.EmailField()
    # Its share of the supplier's capacity beside other partners': 2 gets twice as many cards a turn as 1.
    weight = models.PositiveSmallIntegerField(default=1)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_reason = models.CharField(max_length=300, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(deleted_at__isnull=True),
                name="one_living_partner_per_email",
            ),
            models.CheckConstraint(condition=models.Q(weight__gte=1), name="partner_weight_is_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_suspended(self) -> bool:
        """Whether new orders and reveals are refused."""
        return self.suspended_at is not None or self.deleted_at is not None


class Contact(Recorded):
    """A person to talk to at a partner."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=50, blank=True)
    position = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users, who log in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Store a user with a usable password, or none when it is left out."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Store a user who may do everything; used by `manage.py createsuperuser`."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by e-mail, whatever its case."""
        return self.get(email__iexact=username, deleted_at__isnull=True)


class User(AbstractBaseUser, PermissionsMixin, Recorded):
    """A person who logs in: staff when `partner` is empty, else one of the partner's people."""

    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    address = models.TextField(blank=True)
    partner = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="users")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=models.Q(deleted_at__isnull=True), name="one_living_user_per_email"
            ),
            models.CheckConstraint(
                condition=models.Q(partner__isnull=True) | models.Q(is_staff=False, is_superuser=False),
                name="partner_people_are_no_staff",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class ApiKey(Recorded):
    """A partner's key for the REST API: shown once, kept as a keyed digest beside a readable prefix."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, default="default")
    prefix = models.CharField(max_length=24)
    digest = models.BinaryField(max_length=32, unique=True)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    scopes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Event(models.Model):
    """Something a partner wants to hear of. Written without a number; the tick numbers in commit order."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="events")
    number = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=60)
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=64)

    class Meta:
        ordering = ["partner", "number"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "number"], name="event_numbers_are_unique"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(number__isnull=True), name="events_to_number"),
            models.Index(KeyTextTransform("order_id", "body"), name="events_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.number}"


class Email(models.Model):
    """A message to a person, encrypted while it waits, since it may hold a link that opens a door.

    The row in `queued` is its own outbox; the content is forgotten once it was sent.
    """

    class Status(models.TextChoices):
        """Where the message stands."""

        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="emails")
    to = models.EmailField()
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    # JSON of `text` and `html`, encrypted.
    content = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=64)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(status="queued"), name="emails_to_send"),
            models.Index(fields=["partner", "-created_at", "-id"], name="emails_of_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"

    @property
    def place(self) -> str:
        """Name the place that the content is bound to."""
        return f"email|content|{self.id}"


class AuditEntry(models.Model):
    """Who changed money, price or access, or read a card, and why. Append-only."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=64)
    action = models.CharField(max_length=60)
    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="audit_entries")
    subject = models.CharField(max_length=100)
    reason = models.CharField(max_length=300, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.GenericIPAddressField(null=True)
    reference_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["partner", "-id"], name="audit_by_partner"),
            models.Index(fields=["subject"], name="audit_by_subject"),
        ]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
