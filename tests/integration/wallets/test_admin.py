"""The money pages of the admin: everything through the services, and refusals as messages."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from partners.models import AuditEntry
from tests import factories
from tests.integration.wallets.conftest import staff_user
from wallets import services as wallets
from wallets.models import Adjustment, TopUp, Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance(client):
    user = staff_user("finance")
    client.force_login(user)
    client.actor = f"user:{user.pk}"
    return client


def address(model, page, *arguments):
    return reverse(f"admin:wallets_{model._meta.model_name}_{page}", args=arguments)


def add(client, model, wallet, amount, reference="INV-1", reason="Seen"):
    fields = {"wallet": wallet.pk, "amount": amount, "reference": reference, "reason": reason}
    return client.post(address(model, "add"), fields)


def act(client, model, action, request, reason=""):
    return client.post(
        address(model, "changelist"), {"action": action, "_selected_action": [request.pk], "reason": reason}
    )


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def available(wallet):
    wallet.refresh_from_db()
    return wallet.available


class TestTheTopUpPage:
    def test_records_and_books(self, finance, wallet):
        answer = add(finance, TopUp, wallet, "25.5")

        assert answer.status_code == 302
        assert available(wallet) == Decimal("1025.5")
        assert TopUp.objects.get().decided_by == finance.actor

    @pytest.mark.parametrize("amount", ["0", "-5", "NaN", "1.00001"])
    def test_says_what_is_wrong_with_an_amount(self, finance, wallet, amount):
        answer = add(finance, TopUp, wallet, amount)

        assert answer.status_code == 200
        assert answer.context["errors"]
        assert available(wallet) == 1000

    def test_books_a_reference_once(self, finance, wallet):
        add(finance, TopUp, wallet, "25.5")
        add(finance, TopUp, wallet, "25.5")

        assert available(wallet) == Decimal("1025.5")

    def test_approves_and_rejects_what_others_asked_for(self, finance, wallet):
        first, second = (
            wallets.record_top_up(
                wallet_id=wallet.pk, amount=Decimal(20000), reference=f"INV-{number}", actor="user:0"
            ).request
            for number in range(2)
        )

        act(finance, TopUp, "approve", first)
        refused = act(finance, TopUp, "reject", second)
        act(finance, TopUp, "reject", second, reason="Not ours")

        assert available(wallet) == 21000
        assert any("needs a reason" in text for text in said(refused))
        second.refresh_from_db()
        assert (second.status, second.decision_reason) == ("rejected", "Not ours")

    def test_refuses_whoever_recorded_it(self, finance, wallet):
        add(finance, TopUp, wallet, "20000")

        answer = act(finance, TopUp, "approve", TopUp.objects.get())

        assert any("yourself" in text for text in said(answer))
        assert available(wallet) == 1000

    def test_is_only_shown_to_support(self, client, wallet):
        client.force_login(staff_user("support"))

        assert client.get(address(TopUp, "changelist")).status_code == 200
        assert add(client, TopUp, wallet, "25").status_code == 403
        request = wallets.record_top_up(
            wallet_id=wallet.pk, amount=Decimal(20000), reference="INV-1", actor="user:0"
        ).request
        act(client, TopUp, "approve", request)
        assert available(wallet) == 1000

    def test_shows_a_request_and_changes_none(self, finance, wallet):
        add(finance, TopUp, wallet, "25")
        page = address(TopUp, "change", TopUp.objects.get().pk)

        assert "INV-1" in finance.get(page).content.decode()
        assert finance.post(page, {"amount": "9"}).status_code == 403

    def test_lists_in_constant_queries(self, finance, wallet, django_assert_num_queries):
        for number in range(6):
            wallets.record_top_up(wallet_id=wallet.pk, amount=Decimal(1), reference=f"INV-{number}", actor="user:0")

        with django_assert_num_queries(7):
            assert finance.get(address(TopUp, "changelist")).status_code == 200


class TestTheAdjustmentPage:
    def test_records_and_books(self, finance, wallet):
        add(finance, Adjustment, wallet, "-25.5")

        assert available(wallet) == Decimal("974.5")

    def test_never_overdraws(self, finance, wallet):
        answer = add(finance, Adjustment, wallet, "-1001")

        assert any("lower than that" in text for text in said(answer))
        assert (available(wallet), Adjustment.objects.count()) == (1000, 0)

    def test_approves_what_others_asked_for(self, finance, wallet, settings):
        settings.TOP_UP_SECOND_APPROVAL = {"*": Decimal(1)}
        for number in range(2):
            wallets.record_adjustment(
                wallet_id=wallet.pk, amount=Decimal(-5), reference=f"A-{number}", actor="user:0", reason="x"
            )
        first, second = Adjustment.objects.order_by("pk")

        act(finance, Adjustment, "approve", first)
        act(finance, Adjustment, "reject", second, reason="No")

        assert available(wallet) == 995


class TestTheWalletPage:
    def test_opens_further_wallets(self, finance, wallet):
        fields = {"partner": wallet.partner_id, "currency": "EUR", "type": "promotional", "mode": "live"}

        finance.post(address(Wallet, "add"), {**fields, "low_balance_threshold": "20"})

        opened = Wallet.objects.get(currency="EUR")
        assert (opened.type, opened.available, opened.low_balance_threshold) == ("promotional", 0, 20)
        assert opened.created_by == finance.actor
        assert set(AuditEntry.objects.values_list("action", flat=True)) == {"wallet.open", "wallet.threshold"}

    def test_sets_the_threshold_alone(self, finance, wallet):
        finance.post(address(Wallet, "change", wallet.pk), {"low_balance_threshold": "50", "available": "9"})

        wallet.refresh_from_db()
        assert (wallet.low_balance_threshold, wallet.available) == (50, 1000)

    def test_lists_in_constant_queries(self, finance, wallet, django_assert_num_queries):
        for _ in range(4):
            factories.make_wallet(factories.PartnerFactory())

        with django_assert_num_queries(8):
            assert finance.get(address(Wallet, "changelist")).status_code == 200
