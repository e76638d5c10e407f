"""Every way that money moves: top-up, hold, settle, refund, adjustment. Each move happens once, by its reference."""

from wallets.services.ledger import AlreadyMovedError, adjust, open_wallet, refund, top_up
from wallets.services.rates import record_rates
from wallets.services.reserving import hold, settle

__all__ = [
    "AlreadyMovedError",
    "adjust",
    "hold",
    "open_wallet",
    "record_rates",
    "refund",
    "settle",
    "top_up",
]
