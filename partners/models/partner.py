"""Partners and their contacts."""

from django.db import models
from django.db.models.functions import Lower

from steller.database import Recorded


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
    # Whether its people log in with a second factor; without this each decides for itself.
    second_factor_required = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "id"]
        permissions = [("suspend_partner", "Can suspend a partner and lift it")]
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
