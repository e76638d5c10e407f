"""The management commands of the wallets."""
