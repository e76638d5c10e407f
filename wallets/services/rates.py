"""Exchange rates as they were read: one current rate for each pair, and each change of one."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import structlog
from django_subatomic.db import transaction

from wallets.models import Currency, ExchangeRate, RateChange

_STEP = Decimal(1).scaleb(-10)
_TOO_LARGE = Decimal(10) ** 10
_log = structlog.get_logger(__name__)


@transaction
def record_rates(*, base: str, rates: Mapping[str, Decimal], read_at: datetime) -> int:
    """Store how many units of each currency one `base` buys, and return how many rates were taken. Four statements.

    Currencies that we do not know and rates that cannot be are left out and logged.
    """
    known = set(Currency.objects.values_list("code", flat=True))
    rows = [
        ExchangeRate(base_id=base, currency_id=code, value=value, read_at=read_at)
        for code, value in sorted(_usable(rates).items())
        if code in known and code != base and base in known
    ]
    before = {rate.currency_id: rate.value for rate in ExchangeRate.objects.filter(base=base)}
    RateChange.objects.bulk_create(
        [
            RateChange(base_id=base, currency_id=row.currency_id, value=row.value, read_at=read_at)
            for row in rows
            if before.get(row.currency_id) != row.value
        ]
    )
    if len(rows) < len(rates):
        _log.info("exchange_rates_left_out", base=base, taken=len(rows), read=len(rates))
    ExchangeRate.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["base", "currency"],
        update_fields=["value", "read_at"],
    )
    return len(rows)


def _usable(rates: Mapping[str, Decimal]) -> dict[str, Decimal]:
    fitting = {code.upper(): value for code, value in rates.items() if 0 < value < _TOO_LARGE}
    rounded = {code: value.quantize(_STEP) for code, value in fitting.items()}
    return {code: value for code, value in rounded.items() if value > 0}
