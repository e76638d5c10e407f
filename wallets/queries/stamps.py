"""What answers about currencies and rates depend on, as short texts: while one stands, an answer may be given again."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Length
from django.utils import timezone

from wallets.models import Currency, ExchangeRate


def currencies_stamp() -> str:
    """Return a text that changes when a migration changes the currencies. One query."""
    found = Currency.objects.aggregate(
        all=Count("pk"), latest=Max("code"), digits=Sum("minor_units"), letters=Sum(Length(F("name")))
    )
    return ":".join(str(value) for value in found.values())


def rates_stamp() -> str:
    """Return a text that changes when a rate is read, or becomes too old to price with. One query."""
    oldest = timezone.now() - timedelta(seconds=settings.RATE_MAX_AGE_SECONDS)
    found = ExchangeRate.objects.aggregate(
        all=Count("pk"), latest=Max("read_at"), fresh=Count("pk", filter=Q(read_at__gte=oldest))
    )
    return ":".join(str(value) for value in found.values())
