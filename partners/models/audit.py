"""The audit log."""

from django.db import models

from partners.models.partner import Partner


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
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["subject"], name="audit_by_subject"),
        ]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
