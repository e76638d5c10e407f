"""A shop whose catalog is synchronised, without limits that would make a test wait."""

import pytest

from tests.shop import Shop, Supplier


@pytest.fixture
def shop(db, settings):
    settings.BAMBOO_LIMITS = {}
    return Shop(Supplier()).open()
