"""An empty wallet in dollars, and what is written about it."""

import pytest
from django_subatomic.db import transaction

from tests import factories
from wallets import services as wallets
from wallets.models import Wallet, WalletEntry


@pytest.fixture
def wallet_id(db):
    return factories.make_wallet(factories.PartnerFactory(), fund="0").pk


@pytest.fixture
def wallet(wallet_id):
    """Call a service on the wallet, in a transaction of its own."""

    def call(name, **arguments):
        with transaction():
            return getattr(wallets, name)(**{"actor": "user:1"} | arguments)

    return call


@pytest.fixture
def balances(wallet_id):
    return lambda: Wallet.objects.values_list("available", "held", "version").get(pk=wallet_id)


@pytest.fixture
def entries(wallet_id):
    """List one field of the wallet's entries, the first entry first."""
    return lambda field: list(
        WalletEntry.objects.filter(wallet=wallet_id).order_by("version").values_list(field, flat=True)
    )
