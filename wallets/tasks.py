"""The wallets' wake-ups; two at a time are harmless."""

from celery import shared_task

from wallets import services


@shared_task(name=services.NOTICE_LOW_BALANCES)
def notice_low_balances(**_later_arguments: object) -> None:
    """Warn the partners whose balances have fallen below their threshold."""
    services.notice_low_balances()
