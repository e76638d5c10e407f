"""create_partner and create_staff: one JSON object when they succeed, nothing stored when they do not."""

import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from catalog.models import CommissionRule
from partners.models import ApiKey, AuditEntry, Partner, User
from tests.conftest import client_of
from wallets.models import Wallet, WalletEntry

pytestmark = pytest.mark.django_db


def run(*words):
    out = io.StringIO()
    call_command(*words, stdout=out)
    return json.loads(out.getvalue())


class TestCreatePartner:
    def test_prints_what_was_asked_for(self):
        printed = run(
            *("create_partner", "Acme", "--email", "acme@example.test", "--currency", "USD"),
            *("--fund", "1000", "--api-key", "--owner", "owner@example.test"),
        )

        assert printed.keys() == {"partner_id", "wallet_id", "api_key", "owner"}
        assert printed["owner"].keys() == {"email", "password"}
        wallet = Wallet.objects.get(pk=printed["wallet_id"])
        assert (wallet.partner_id, wallet.currency_id, wallet.available) == (
            printed["partner_id"],
            "USD",
            Decimal(1000),
        )
        assert client_of(printed["api_key"]).get("/api/partner/me").json()["id"] == printed["partner_id"]
        login = APIClient().post("/api/auth/token", printed["owner"], format="json")
        assert client_of(token=login.json()["access"]).get("/api/wallet").status_code == 200

    def test_prints_ids_only_when_nothing_else_was_asked_for(self):
        printed = run("create_partner", "Acme", "--email", "acme@example.test", "--currency", "EUR")

        assert printed.keys() == {"partner_id", "wallet_id"}
        assert not ApiKey.objects.exists()
        assert not User.objects.exists()
        assert not WalletEntry.objects.exists()

    def test_takes_the_currency_in_small_letters(self):
        printed = run("create_partner", "Acme", "--email", "acme@example.test", "--currency", "usd", "--fund", "0")

        assert Wallet.objects.get(pk=printed["wallet_id"]).currency_id == "USD"

    def test_lets_the_partner_pay_face_value(self):
        printed = run("create_partner", "Acme", "--email", "acme@example.test", "--currency", "USD")

        rule = CommissionRule.objects.get(partner=printed["partner_id"])
        assert (rule.kind, rule.basis, rule.value) == ("percent", "extra", Decimal(0))

    def test_writes_every_change_to_the_audit_log(self):
        run(
            *("create_partner", "Acme", "--email", "acme@example.test", "--currency", "USD"),
            *("--fund", "5", "--api-key", "--owner", "owner@example.test"),
        )

        entries = list(AuditEntry.objects.values_list("action", "actor"))
        assert {actor for _, actor in entries} == {"system:create_partner"}
        assert {"partner.create", "commission.open", "wallet.top_up", "key.create", "user.create"} <= {
            action for action, _ in entries
        }

    @pytest.mark.parametrize(
        "changes",
        [
            {"--currency": "XXQ"},
            {"--fund": "-1"},
            {"--fund": "NaN"},
            {"--fund": "much"},
            {"--fund": "1.00001"},
            {"--fund": "1e20"},
            {"--email": "nonsense"},
            {"--email": "TAKEN@example.test"},
            {"--owner": "nonsense"},
        ],
    )
    def test_stores_nothing_on_bad_input(self, changes):
        run("create_partner", "Old", "--email", "taken@example.test", "--currency", "USD")
        options = {"--email": "acme@example.test", "--currency": "USD", "--fund": "10", **changes}

        with pytest.raises(CommandError) as refused:
            run("create_partner", "Acme", *(word for pair in options.items() for word in pair), "--api-key")

        assert refused.value.returncode == 1
        assert Partner.objects.count() == Wallet.objects.count() == 1
        assert not ApiKey.objects.exists()
        assert not WalletEntry.objects.exists()


class TestCreateStaff:
    def test_prints_a_password_once(self):
        printed = run("create_staff", "boss@example.test", "--role", "admin")

        assert printed.keys() == {"user_id", "email", "password"}
        user = User.objects.get(pk=printed["user_id"])
        assert user.check_password(printed["password"])
        assert (user.is_staff, user.partner_id) == (True, None)
        assert [group.name for group in user.groups.all()] == ["admin"]

    def test_reads_a_password_and_does_not_print_it(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("a long good password\n"))

        printed = run("create_staff", "boss@example.test", "--role", "finance", "--password-stdin")

        assert printed.keys() == {"user_id", "email"}
        assert User.objects.get().check_password("a long good password")

    @pytest.mark.parametrize("password", ["\n", "12345678\n"])
    def test_refuses_a_weak_password(self, monkeypatch, password):
        monkeypatch.setattr("sys.stdin", io.StringIO(password))

        with pytest.raises(CommandError):
            run("create_staff", "boss@example.test", "--role", "finance", "--password-stdin")
        assert not User.objects.exists()

    def test_refuses_a_role_of_partners(self):
        with pytest.raises(CommandError):
            run("create_staff", "boss@example.test", "--role", "owner")
