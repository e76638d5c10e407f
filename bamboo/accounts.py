"""Our accounts at the supplier: reading them, and choosing the one that pays.

An account of the wrong environment is stored as inactive: cards bought with a sandbox account are fake,
and a live account must not pay for tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db.models.functions import Now
from django.utils import timezone
from django_subatomic.db import durable, transaction

from bamboo import limits, schemas
from bamboo.client import BambooClient
from bamboo.models import Account
from steller.money import to_ledger

_REMEMBER_SECONDS = 5
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account that may pay: our id, the supplier's AccountId, its currency."""

    id: int
    supplier_id: int
    currency: str


@durable
def refresh(
    client: BambooClient,
    *,
    mode: str = "live",
    max_wait: float = limits.PATIENCE_SECONDS,
    closes_breakers: bool = True,
) -> tuple[AccountRef, ...]:
    """Read and store the accounts and return those that may pay; a good answer closes the breakers, if it is to.

    Raises:
        BambooError: they could not be read; what is stored stays.

    """
    with limits.call("other", mode=mode, max_wait=max_wait, probe=True):
        answer = client.accounts()
    rows = [_row(each, mode) for each in {each.id: each for each in answer}.values()]
    with transaction():
        _store(rows)
        if answer.is_whole:
            _retire_others(rows, mode)
    forget(mode)
    active = _active(mode)
    _check_pins(active, mode)
    if closes_breakers and limits.unblock(mode):
        _log.warning("bamboo_breakers_closed", mode=mode)
    return active


def account_for(*, price_currency: str, mode: str = "live") -> AccountRef | None:
    """Return the active account in the price's currency, else in the default one, as of seconds ago."""
    by_currency = {ref.currency: ref for ref in reversed(_active(mode))}
    return by_currency.get(price_currency) or by_currency.get(settings.BAMBOO_DEFAULT_CURRENCY)


def set_float_limit(account_id: int, amount: Decimal | None) -> None:
    """Let claims spend at most `amount` from the account; None lifts the limit."""
    Account.objects.filter(pk=account_id).update(float_limit=amount)


def forget(mode: str = "live") -> None:
    """Make the next question about accounts go to the database."""
    cache.delete(_cache_key(mode))


def _cache_key(mode: str) -> str:
    return f"bamboo-accounts-{mode}"


def _active(mode: str) -> tuple[AccountRef, ...]:
    """Return the accounts that may pay, seconds old at most; of a pinned currency the pinned one only."""
    remembered: tuple[AccountRef, ...] = cache.get(_cache_key(mode), ())
    if remembered:
        return remembered
    pins = _pins(mode)
    rows = Account.objects.filter(mode=mode, is_active=True).order_by("supplier_id")
    refs = tuple(
        AccountRef(row.pk, row.supplier_id, row.currency)
        for row in rows
        if pins.get(row.currency, row.supplier_id) == row.supplier_id
    )
    cache.set(_cache_key(mode), refs, _REMEMBER_SECONDS)
    return refs


def _row(read: schemas.Account, mode: str) -> Account:
    sandbox = mode == "test" or settings.BAMBOO_MODE == "sandbox"
    # An account that does not say is of the environment that its credentials are of.
    is_sandbox = sandbox if read.sandbox_mode is None else read.sandbox_mode
    if is_sandbox != sandbox:
        _log.error(
            "bamboo_account_of_another_environment",
            mode=mode,
            account=read.id,
            sandbox_mode=is_sandbox,
            expected=sandbox,
        )
    return Account(
        mode=mode,
        supplier_id=read.id,
        currency=read.currency.strip().upper()[:3],
        balance=to_ledger(read.balance),
        is_active=read.is_active and is_sandbox == sandbox,
        sandbox_mode=is_sandbox,
        read_at=timezone.now(),
    )


def _store(rows: list[Account]) -> None:
    Account.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["mode", "supplier_id"],
        update_fields=["currency", "balance", "is_active", "sandbox_mode", "read_at"],
    )


def _retire_others(rows: list[Account], mode: str) -> None:
    """Let accounts that the supplier does not list any more pay for nothing: only a whole list can say so."""
    gone = Account.objects.filter(mode=mode, is_active=True)
    gone.exclude(supplier_id__in=[row.supplier_id for row in rows]).update(is_active=False, read_at=Now())


def _check_pins(active: Sequence[AccountRef], mode: str) -> None:
    found = {(ref.currency, ref.supplier_id) for ref in active}
    for currency, supplier_id in _pins(mode).items():
        if (currency, supplier_id) not in found:
            _log.error("bamboo_configured_account_unusable", mode=mode, currency=currency, account=supplier_id)


def _pins(mode: str) -> dict[str, int]:
    """Return the configured account of each currency; test credentials have accounts of their own."""
    return dict(settings.BAMBOO_ACCOUNT_IDS) if mode == "live" else {}
