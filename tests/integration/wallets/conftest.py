"""What the tests of wallets share: a funded wallet, people who decide, and hands that reach behind the guards."""

import json

import pytest
from django.db import connection
from django_subatomic.db import transaction

from partners.authentication.tokens import new_tokens
from steller.encryption import card_keys
from tests import factories
from tests.conftest import client_of


@pytest.fixture
def wallet(db):
    return factories.make_wallet(factories.PartnerFactory())


@pytest.fixture
def people(db):
    """Make two of our staff who deal with money; the answer is their actors."""
    return [f"user:{staff_user('finance').pk}" for _ in range(2)]


def staff_user(role):
    return factories.UserFactory(partner=None, is_staff=True, is_superuser=role == "admin", role=role)


def moved(function, **arguments):
    """Call a service that wants a transaction around it."""
    with transaction():
        return function(**arguments)


def content_of(email):
    return json.loads(card_keys().decrypt(email.content, place=email.place))


def staff_client(role):
    """Return a client of one of our staff, who knows its actor."""
    user = staff_user(role)
    api = client_of(token=new_tokens(user)["access"])
    api.actor = f"user:{user.pk}"
    return api


def unguarded(statement, values=None):
    """Change the ledger with its triggers off, as somebody who owns the database could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE wallets_walletentry DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute("ALTER TABLE wallets_walletentry ENABLE TRIGGER USER")
