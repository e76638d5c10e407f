"""What wallets, their entries, currencies and rates hold, for those who only read them."""

from wallets.queries.accounts import (
    adjustment_of,
    all_adjustments,
    all_top_ups,
    all_wallets,
    second_approval_above,
    top_up_of,
    top_ups_of,
    wallet_of,
    wallets_of,
)
from wallets.queries.entries import EntryFilters, matching, oldest_first
from wallets.queries.holdings import HeldMoney, Liability, Move, holds_under, liabilities, moves_under
from wallets.queries.seals import SealingIsOffError, public_keys, seal_of, sealed_nights, sealing_is_on
from wallets.queries.spending import all_currencies, all_rates, minor_units, rate_table, wallet_for_order
from wallets.queries.stamps import currencies_stamp, rates_stamp
from wallets.queries.statements import Balance, Month, Statement, Total, statement_of
from wallets.queries.verifying import SealReport, verify_seals

__all__ = [
    "Balance",
    "EntryFilters",
    "HeldMoney",
    "Liability",
    "Month",
    "Move",
    "SealReport",
    "SealingIsOffError",
    "Statement",
    "Total",
    "adjustment_of",
    "all_adjustments",
    "all_currencies",
    "all_rates",
    "all_top_ups",
    "all_wallets",
    "currencies_stamp",
    "holds_under",
    "liabilities",
    "matching",
    "minor_units",
    "moves_under",
    "oldest_first",
    "public_keys",
    "rate_table",
    "rates_stamp",
    "seal_of",
    "sealed_nights",
    "sealing_is_on",
    "second_approval_above",
    "statement_of",
    "top_up_of",
    "top_ups_of",
    "verify_seals",
    "wallet_for_order",
    "wallet_of",
    "wallets_of",
]
