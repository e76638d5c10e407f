"""Prepaid money: currencies, wallets, holds and the append-only ledger. Knows no orders, only references."""
