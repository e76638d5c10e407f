"""Partners' keys for the REST API."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from partners.models.partner import Partner
from steller.database import Mode, Recorded


class ApiKey(Recorded):
    """A partner's key for the REST API: shown once, kept as a keyed digest beside a readable prefix."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, default="default")
    prefix = models.CharField(max_length=24)
    digest = models.BinaryField(max_length=32, unique=True)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    scopes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    # Networks that it is taken from, such as 203.0.113.0/24; none: from everywhere.
    allowed_networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.prefix}…"
