import json

import pytest
from django_subatomic.db import transaction

from steller.encryption import card_keys
from tests import factories


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
