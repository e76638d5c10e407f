"""What every test may use: the database, a client of the API, and a partner that can order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from rest_framework.test import APIClient

from steller import embedded
from tests import factories


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Start the embedded PostgreSQL when no other database is named."""
    if settings.EMBEDDED_DATABASE:
        embedded.start()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@dataclass(frozen=True, slots=True)
class Shop:
    """A partner with a key, 1,000 USD, and a product that it may order at face value."""

    partner: Any
    key: str
    wallet: Any
    product: Any
    api: APIClient


def client_of(key: str) -> APIClient:
    """Return a client that sends an API key."""
    return APIClient(headers={"X-Api-Key": key}, raise_request_exception=False)


@pytest.fixture
def shop(db: None) -> Shop:
    """Make a partner that can order."""
    partner = factories.PartnerFactory()
    key = factories.make_key(partner=partner)
    factories.AccountFactory()
    factories.CommissionRuleFactory(partner=partner)
    return Shop(
        partner=partner,
        key=key,
        wallet=factories.make_wallet(partner),
        product=factories.ProductFactory(),
        api=client_of(key),
    )
