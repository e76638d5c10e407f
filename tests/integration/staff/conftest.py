"""A shop whose workers and staff pages speak to the same sandbox supplier, and one of our staff in each role."""

import pytest

from bamboo import conf
from bamboo.sandbox.adapter import WsgiAdapter
from partners.authentication.tokens import new_tokens
from tests import factories
from tests.conftest import client_of
from tests.shop import Shop, Supplier


@pytest.fixture
def supplier(settings):
    settings.BAMBOO_LIMITS = {}
    supplier = Supplier()
    conf._client.cache_clear()
    conf.client("live")._session.mount(supplier.URL, WsgiAdapter(supplier.app))
    yield supplier
    conf._client.cache_clear()


@pytest.fixture
def shop(db, supplier):
    return Shop(supplier).open()


@pytest.fixture
def as_staff(db):
    """Return a client that is logged in as one of our staff in a role."""

    def log_in(role):
        user = factories.UserFactory(partner=None, is_staff=True, is_superuser=role == "admin", role=role)
        return client_of(token=new_tokens(user)["access"])

    return log_in


@pytest.fixture
def support(as_staff):
    return as_staff("support")
