"""Which e-mails a partner gets, and where."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from partners.models.partner import Partner
from steller.database import Recorded


class NotificationKind(models.TextChoices):
    """What a partner may be mailed of; `queries.NOTIFICATION_DEFAULTS` says which are on from the start."""

    ORDER_CONFIRMATION = "order_confirmation", "An order placed in the dashboard was accepted"
    ORDER_RESULT = "order_result", "An order placed in the dashboard is final"
    API_ORDER_RESULT = "api_order_result", "An order placed over the API is final"
    WALLET_CREDITED = "wallet_credited", "Money came into a wallet"
    WALLET_DEBITED = "wallet_debited", "Our staff took money out of a wallet"
    WALLET_TOP_UP_REJECTED = "wallet_top_up_rejected", "A request for a top-up was rejected"
    WALLET_LOW = "wallet_low", "A wallet is running low"
    WEBHOOK_PAUSED = "webhook_paused", "A webhook endpoint was paused after failures"


class NotificationPreference(Recorded):
    """A partner's choice for one kind of e-mail; without a row the default holds."""

    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="notification_preferences", db_index=False
    )
    kind = models.CharField(max_length=40, choices=NotificationKind)
    enabled = models.BooleanField()
    # Empty: the partner's own address, or the person who placed the order.
    addresses = ArrayField(models.EmailField(), default=list, blank=True)

    class Meta:
        ordering = ["partner", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "kind"], name="one_preference_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {'on' if self.enabled else 'off'}"
