"""Wake-ups for what partners are told. What is due stands in the database; each is safe to run twice, late or never."""

from celery import shared_task

from partners import services

# A run takes new work for twenty seconds; what is under way then ends by its own limits. Never the short limit that
# follows from the lease of purchases.
_RUN_LIMIT = 60


@shared_task(name="partners.deliver", time_limit=_RUN_LIMIT)
def deliver(**_later_arguments: object) -> None:
    """Give new events their numbers and send what is due to partners' endpoints."""
    services.number_events()
    services.deliver_due()


@shared_task(name="partners.send_emails", time_limit=2 * _RUN_LIMIT)
def send_emails(**_later_arguments: object) -> None:
    """Send e-mails."""
    services.send_emails()


@shared_task(name="partners.forget_old", time_limit=10 * _RUN_LIMIT)
def forget_old(**_later_arguments: object) -> None:
    """Remove what is kept for a while only."""
    services.forget_old()
