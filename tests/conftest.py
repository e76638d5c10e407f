"""What every test may use: the database, a client of the API, and a partner that can order."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db.models.signals import post_migrate
from hypothesis import settings as hypothesis_settings
from rest_framework.test import APIClient

from bamboo import accounts
from orders.services import backlog
from partners import services as partners
from steller import embedded, isolation, static_files
from tests import factories

# A busy machine is no reason to fail: no test here times an example.
hypothesis_settings.register_profile("steller", deadline=None)
hypothesis_settings.load_profile("steller")


# What takes longest begins first, so that no worker is left alone with it at the end.
_LONGEST = ("tests/e2e/", "tests/browser/", "tests/races/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first and keep the random order otherwise."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONGEST))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start the embedded PostgreSQL when no other database is named; each of several workers has a database of its own."""
    if django_settings.EMBEDDED_DATABASE:
        embedded.start()


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Collect the static files, as a web process does when it starts: pages name them by their hashes."""
    static_files.collect()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Hash passwords in no time: guessing them is not what tests are afraid of."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Drop what the process remembers of a test's rows."""
    yield
    cache.clear()
    accounts.forget()
    backlog.forget()
    partners.forget_requests()
    isolation.lift()


@dataclass(frozen=True, slots=True)
class Buyer:
    """A partner with a key, 1,000 USD, and a product that it may order at face value."""

    partner: Any
    key: str
    wallet: Any
    product: Any
    api: APIClient


class JsonClient(APIClient):
    """Sends JSON and reports errors as a server would."""

    default_format = "json"


def client_of(key: str | None = None, *, token: str | None = None) -> APIClient:
    """Return a client that sends an API key, an access token, or neither."""
    headers = {"X-Api-Key": key} if key else {"Authorization": f"Bearer {token}"} if token else {}
    return JsonClient(headers=headers, raise_request_exception=False)


@pytest.fixture
def buyer(db: None) -> Buyer:
    """Make a partner that can order."""
    partner = factories.PartnerFactory()
    key = factories.make_key(partner=partner)
    factories.AccountFactory()
    factories.CommissionRuleFactory(partner=partner)
    return Buyer(
        partner=partner,
        key=key,
        wallet=factories.make_wallet(partner),
        product=factories.ProductFactory(),
        api=client_of(key),
    )


@pytest.fixture
def committing_db(transactional_db: None) -> None:
    """Give a database whose transactions really commit."""


def _seed_again(**_kwargs: object) -> None:
    """Put back the rows that migrations seed: the flush after a test that commits removes them, then says so."""
    for module, seed in (
        ("wallets.migrations.0002_ledger_guard_and_currencies", "seed_currencies"),
        ("partners.migrations.0002_roles_and_audit_guard", "seed_roles"),
    ):
        getattr(import_module(module), seed)(apps, None)


# The last app with tables: those of all apps are there when it hears of a migration.
post_migrate.connect(_seed_again, sender=apps.get_app_config("orders"))
