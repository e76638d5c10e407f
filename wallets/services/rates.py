"""Exchange rates as they were read: one current rate for each pair."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import structlog
from django_subatomic.db import transaction

from wallets.models import Currency, ExchangeRate

_STEP = Decimal(1).scaleb(-10)
_TOO_LARGE = Decimal(10) ** 10
_log = structlog.get_logger(__name__)


@transaction
def record_rates(*, base: str, rates: Mapping[str, Decimal], read_at: datetime) -> int:
    """Store how many units of each currency one `base` buys, and return how many rates were taken.

    Currencies that we do not know and rates that cannot be are left out and logged.
    """
    known = set(Currency.objects.values_list("code", flat=True))
    rows = [
        ExchangeRate(base_id=base, currency_id=code, value=value, read_at=read_at)
        for code, value in sorted(_usable(rates).items())
        if code in known and code != base and base in known
    ]
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
