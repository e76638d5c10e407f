"""Two partners who must know nothing of each other."""

import pytest

from tests import factories
from tests.integration.isolation.estates import Estate


@pytest.fixture
def mine(db):
    factories.CommissionRuleFactory()
    return Estate("aardvark")


@pytest.fixture
def other(db):
    return Estate("zyzzyva")
