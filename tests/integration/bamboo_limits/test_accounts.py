"""Accounts as they are read: only those of the right environment may pay."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from structlog.testing import capture_logs

from bamboo import accounts, conf, limits
from bamboo.client import BambooClient
from bamboo.errors import BambooError
from bamboo.models import Account
from tests.factories import AccountFactory
from tests.integration.catalog.supplier import Pages, account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    settings.BAMBOO_LIMITS = {}


def refresh(*rows: dict[str, Any], mode: str = "live") -> list[tuple[int, str]]:
    supplier = Pages()
    supplier.accounts = list(rows)
    return [(ref.supplier_id, ref.currency) for ref in accounts.refresh(supplier.client, mode=mode)]


def payer(currency: str = "USD", mode: str = "live") -> int | None:
    ref = accounts.account_for(price_currency=currency, mode=mode)
    return None if ref is None else ref.supplier_id


class TestRefresh:
    def test_stores_what_was_read(self) -> None:
        read = refresh(account(2, "EUR"), account(1, "USD"), account(3, "GBP", isActive=False))

        assert read == [(1, "USD"), (2, "EUR")]
        assert Account.objects.get(supplier_id=1).balance == Decimal("1000.5")

    def test_reading_again_changes_the_same_rows_and_keeps_what_is_ours(self) -> None:
        refresh(account(1, "USD"), account(2, "EUR"))
        one = Account.objects.get(supplier_id=1)
        accounts.set_float_limit(one.pk, Decimal(70))
        Account.objects.update(clock=5)

        assert refresh(account(1, "USD", balance=3)) == [(1, "USD")]
        one.refresh_from_db()
        assert (one.balance, one.float_limit, one.clock) == (3, 70, 5)
        assert not Account.objects.get(supplier_id=2).is_active

    @pytest.mark.parametrize("rows", [[account(1, "USD", balance=3), account(2, "EUR", balance=None)], []])
    def test_an_account_that_could_not_be_read_goes_on_paying(self, rows: list[dict[str, Any]]) -> None:
        """Else orders in its currency would be charged to the default account for good."""
        refresh(account(1, "USD"), account(2, "EUR"))

        assert refresh(*rows) == [(1, "USD"), (2, "EUR")]
        assert payer("EUR") == 2

    def test_few_statements(self, django_assert_max_num_queries: Any) -> None:
        with django_assert_max_num_queries(7):
            refresh(*[account(number, "USD") for number in range(1, 40)])

    @pytest.mark.parametrize(
        ("environment", "mode", "sandbox", "pays"),
        [
            ("sandbox", "live", True, True),
            ("sandbox", "live", False, False),
            ("live", "live", False, True),
            ("live", "live", True, False),
            ("live", "test", True, True),
            ("live", "test", False, False),
        ],
    )
    def test_an_account_of_another_environment_never_pays(
        self, settings: Any, environment: str, mode: str, sandbox: bool, pays: bool
    ) -> None:
        settings.BAMBOO_MODE = environment
        with capture_logs() as logs:
            refresh(account(1, "USD", sandboxMode=sandbox), mode=mode)

        assert (payer(mode=mode) == 1) is pays
        errors = [entry["event"] for entry in logs if entry["log_level"] == "error"]
        assert errors == ([] if pays else ["bamboo_account_of_another_environment"])

    def test_a_good_answer_closes_the_breakers_a_bad_one_does_not(self, settings: Any) -> None:
        limits.block("checkout", reason="http_401")
        supplier = Pages()
        supplier.accounts = 401
        with pytest.raises(BambooError):
            accounts.refresh(supplier.client)
        assert limits.blocked("checkout")

        refresh(account(1, "USD"))

        assert not limits.blocked("checkout")


class TestAccountFor:
    def test_the_price_s_currency_then_the_default_one(self) -> None:
        refresh(account(1, "USD"), account(2, "EUR"), account(3, "EUR"))

        assert (payer("EUR"), payer("GBP"), payer("USD")) == (2, 1, 1)

    def test_nobody_pays_without_accounts(self) -> None:
        AccountFactory.create(mode="test")

        assert payer() is None

    def test_the_pinned_account_pays_for_its_currency_and_no_other_does(self, settings: Any) -> None:
        settings.BAMBOO_ACCOUNT_IDS = {"USD": 7, "EUR": 8}
        with capture_logs() as logs:
            refresh(account(5, "USD"), account(7, "USD"), account(6, "EUR"), account(8, "EUR", isActive=False))

        assert (payer("USD"), payer("EUR")) == (7, 7)
        assert [entry["account"] for entry in logs if entry["event"].endswith("unusable")] == [8]

    def test_is_remembered_for_a_moment(self, django_assert_num_queries: Any) -> None:
        row = AccountFactory.create(supplier_id=1)
        payer()
        Account.objects.update(is_active=False)

        with django_assert_num_queries(0):
            assert accounts.account_for(price_currency="USD") == accounts.AccountRef(row.pk, 1, "USD")
        accounts.forget()
        assert payer() is None


class TestConf:
    def test_one_client_for_each_mode(self, settings: Any) -> None:
        settings.BAMBOO_CLIENT_ID = settings.BAMBOO_TEST_CLIENT_ID = "id"
        settings.BAMBOO_CLIENT_SECRET = settings.BAMBOO_TEST_CLIENT_SECRET = "secret"
        conf._client.cache_clear()

        assert conf.configured_modes() == ["live", "test"]
        assert isinstance(conf.client(), BambooClient)
        assert conf.client("live") is conf.client("live")
        assert conf.client("test") is not conf.client("live")
        conf._client.cache_clear()

    def test_a_mode_without_credentials_has_none(self, settings: Any) -> None:
        settings.BAMBOO_TEST_CLIENT_ID = ""
        assert "test" not in conf.configured_modes()

        with pytest.raises(ImproperlyConfigured):
            conf.client("test")
