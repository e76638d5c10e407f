"""What every table shares: who wrote a row and when, and the actor's spelling.

An actor is text that stays true when its row is gone: `user:12`, `key:7`, `system:tick`.
"""

from datetime import datetime

from django.db import connection, models


class Recorded(models.Model):
    """A row that changes: when and by whom it was made and last changed."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    created_by = models.CharField(max_length=64, default="system")
    updated_by = models.CharField(max_length=64, default="system")

    class Meta:
        abstract = True


class Mode(models.TextChoices):
    """Which pair of supplier credentials and which kind of wallet a row belongs to."""

    LIVE = "live"
    TEST = "test"


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in major units, exact to four decimals: `numeric(18,4)`."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Fix the precision; everything else is a DecimalField."""
        kwargs.update(max_digits=18, decimal_places=4)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


def now() -> datetime:
    """Read PostgreSQL's clock, the only one that leases, slots and schedules go by; it moves in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    moment: datetime = row[0]
    return moment
