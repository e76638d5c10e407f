"""The addresses below `/api/wallet`, `/api/staff/wallet`, and of currencies and rates."""

from wallets.api.currencies import CurrenciesView, RatesView
from wallets.api.partner import EntriesView, StatementView, TopUpsView, WalletsView, WalletView
from wallets.api.seals import SealKeysView, SealView
from wallets.api.staff import (
    StaffAdjustView,
    StaffEntriesView,
    StaffStatementView,
    StaffTopUpView,
    StaffWalletsView,
    StaffWalletView,
)
from wallets.api.staff_requests import (
    AdjustmentsView,
    ApproveAdjustmentView,
    ApproveTopUpView,
    RejectAdjustmentView,
    RejectTopUpView,
    StaffTopUpsView,
)

__all__ = [
    "AdjustmentsView",
    "ApproveAdjustmentView",
    "ApproveTopUpView",
    "CurrenciesView",
    "EntriesView",
    "RatesView",
    "RejectAdjustmentView",
    "RejectTopUpView",
    "SealKeysView",
    "SealView",
    "StaffAdjustView",
    "StaffEntriesView",
    "StaffStatementView",
    "StaffTopUpView",
    "StaffTopUpsView",
    "StaffWalletView",
    "StaffWalletsView",
    "StatementView",
    "TopUpsView",
    "WalletView",
    "WalletsView",
]
