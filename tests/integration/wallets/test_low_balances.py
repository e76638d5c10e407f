"""The warning of a low balance: once when it falls, again only after it has risen, and nothing on the order path."""

from decimal import Decimal

import pytest

from partners.models import AuditEntry, Email, Event
from steller.errors import NotFoundError
from tests import factories
from tests.integration.wallets.conftest import content_of, moved
from wallets import services as wallets
from wallets.tasks import notice_low_balances

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(wallet):
    wallets.set_threshold(wallet_id=wallet.pk, threshold=Decimal(500), actor="user:1")
    return wallet


def spend(wallet, amount, reference):
    moved(wallets.hold, wallet_id=wallet.pk, amounts={reference: Decimal(amount)}, actor="key:1")


def warned(wallet):
    notice_low_balances()
    return Event.objects.filter(kind="wallet.low", partner=wallet.partner_id).count()


class TestABalanceAboveItsThreshold:
    def test_warns_nobody(self, watched):
        spend(watched, "500", "line:1")

        assert warned(watched) == 0


class TestABalanceThatFell:
    def test_is_told_once_by_event_and_mail(self, watched):
        spend(watched, "500.01", "line:1")

        assert [warned(watched) for _ in range(3)] == [1, 1, 1]
        assert Event.objects.get().body == {
            "wallet_id": watched.pk,
            "currency": "USD",
            "mode": "live",
            "available": "499.99",
            "threshold": "500.00",
        }
        email = Email.objects.get()
        assert (email.to, email.subject) == (watched.partner.email, "Your USD wallet is low: 499.99 USD")
        assert "less than the 500.00 USD" in content_of(email)["txt"]

    def test_is_told_again_only_after_it_rose(self, watched):
        spend(watched, "600", "line:1")
        assert warned(watched) == 1
        spend(watched, "100", "line:2")
        assert warned(watched) == 1

        wallets.record_top_up(wallet_id=watched.pk, amount=Decimal(1000), reference="T-1", actor="user:1")
        assert warned(watched) == 1
        spend(watched, "1000", "line:3")

        assert warned(watched) == 2

    def test_is_armed_again_when_the_threshold_is_taken_away(self, watched):
        spend(watched, "600", "line:1")
        warned(watched)
        wallets.set_threshold(wallet_id=watched.pk, threshold=None, actor="user:1")
        warned(watched)

        wallets.set_threshold(wallet_id=watched.pk, threshold=Decimal(450), actor="user:1")

        assert warned(watched) == 2


class TestASweep:
    def test_costs_two_statements_when_nothing_is_low(self, watched, django_assert_num_queries):
        for _ in range(3):
            factories.make_wallet(factories.PartnerFactory())

        with django_assert_num_queries(2):
            assert wallets.notice_low_balances() == 0


class TestAThreshold:
    def test_is_set_by_its_partner_and_written_down(self, wallet):
        wallets.set_threshold(
            wallet_id=wallet.pk, threshold=Decimal(5), actor="key:1", partner_id=wallet.partner_id, mode="live"
        )

        entry = AuditEntry.objects.get(action="wallet.threshold")
        assert (entry.before, entry.after) == (
            {"low_balance_threshold": None},
            {"low_balance_threshold": "5.00"},
        )

    @pytest.mark.parametrize("changes", [{"partner_id": 0}, {"mode": "test"}, {"wallet_id": 0}])
    def test_of_another_partner_is_out_of_reach(self, wallet, changes):
        fields = {"wallet_id": wallet.pk, "partner_id": wallet.partner_id, "mode": "live", **changes}
        with pytest.raises(NotFoundError):
            wallets.set_threshold(threshold=Decimal(5), actor="key:1", **fields)
