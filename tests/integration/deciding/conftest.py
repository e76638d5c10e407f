"""A shop with a supplier whose limits are off, so that only the rule under test decides."""

import pytest

from tests.shop import Shop, Supplier


@pytest.fixture
def supplier(settings):
    settings.BAMBOO_LIMITS = {}
    return Supplier()


@pytest.fixture
def shop(db, supplier):
    return Shop(supplier).open()
