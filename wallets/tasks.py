"""The wallets' wake-ups; two at a time are harmless."""

from celery import shared_task

from wallets import queries, services


@shared_task(name=services.NOTICE_LOW_BALANCES)
def notice_low_balances(**_later_arguments: object) -> None:
    """Warn the partners whose balances have fallen below their threshold."""
    services.notice_low_balances()


# The first night of an old ledger reads all of it.
@shared_task(name=services.SEAL_LEDGER, time_limit=60 * 60)
def seal_ledger(**_later_arguments: object) -> None:
    """Write this night's seals, where sealing is on."""
    if queries.sealing_is_on():
        services.seal_ledger()
