"""Every way that money moves: top-up, hold, settle, refund, adjustment. Each move happens once, by its reference."""

from wallets.services.asking import Asked, record_adjustment, record_top_up, request_top_up
from wallets.services.deciding import (
    AlreadyDecidedError,
    SecondPersonNeededError,
    approve_adjustment,
    approve_top_up,
    reject_adjustment,
    reject_top_up,
)
from wallets.services.ledger import AlreadyMovedError, adjust, refund, top_up
from wallets.services.opening import open_further_wallet, open_wallet
from wallets.services.rates import record_rates
from wallets.services.reserving import hold, settle
from wallets.services.sealing import SEAL_LEDGER, SealedNight, seal_ledger
from wallets.services.warning import NOTICE_LOW_BALANCES, notice_low_balances, set_threshold

__all__ = [
    "NOTICE_LOW_BALANCES",
    "SEAL_LEDGER",
    "AlreadyDecidedError",
    "AlreadyMovedError",
    "Asked",
    "SealedNight",
    "SecondPersonNeededError",
    "adjust",
    "approve_adjustment",
    "approve_top_up",
    "hold",
    "notice_low_balances",
    "open_further_wallet",
    "open_wallet",
    "record_adjustment",
    "record_rates",
    "record_top_up",
    "refund",
    "reject_adjustment",
    "reject_top_up",
    "request_top_up",
    "seal_ledger",
    "set_threshold",
    "settle",
    "top_up",
]
