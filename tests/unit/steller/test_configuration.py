"""Limits, accounts, clocks and refused secrets."""

import base64
import ssl
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from steller.configuration import (
    Clocks,
    Environment,
    Limit,
    parse_accounts,
    parse_amounts,
    parse_currency,
    parse_limits,
    parse_mode,
    parse_rate,
    parse_supplier_url,
    postgresql,
    rabbitmq,
    refuse_weak_secrets,
    refuse_weak_supplier_secrets,
    refuse_wrong_seal_keys,
)

GOOD = {
    "secret_key": "Zk3v9Qw1Lr8Xt5Yb2Nc7Md4Hs6Jg0PfA",
    "jwt_signing_key": "pL0mK9nJ8bH7vG6cF5xD4zS3aQ2wE1rT",
    "card_keys": "k1:" + base64.b64encode(bytes(range(32))).decode(),
    "database_url": "postgres://steller:x@localhost/steller",
    "rabbitmq_url": "amqp://steller:x@127.0.0.1//",
}


class TestLimits:
    def test_are_the_documented_ones_by_default(self):
        limits = parse_limits("")
        assert limits["checkout"] == Limit(2, 1)
        assert limits["product"] == Limit(6, 60)
        assert limits["order"].spacing == pytest.approx(0.55)

    def test_are_changed_one_by_one(self):
        assert parse_limits("order=30/60")["order"] == Limit(30, 60)
        assert parse_limits("order=30/60")["checkout"] == Limit(2, 1)

    def test_are_lifted_by_off(self):
        assert parse_limits(" OFF ") == {}

    @pytest.mark.parametrize(
        "text", ["checkout", "checkout=2", "checkout=x/1", "checkout=0/1", "nothing=1/1", "order=1/0"]
    )
    def test_of_wrong_form_are_refused_by_name(self, text):
        with pytest.raises(ImproperlyConfigured, match="BAMBOO_LIMITS"):
            parse_limits(text)


class TestAccounts:
    def test_are_read_by_currency(self):
        assert parse_accounts("USD=9001, eur=9002") == {"USD": 9001, "EUR": 9002}

    @pytest.mark.parametrize("text", ["USD", "USD=", "USD=x", "=9001", "DOLLARS=1", "USD=1,usd=2"])
    def test_of_wrong_form_are_refused(self, text):
        with pytest.raises(ImproperlyConfigured, match="BAMBOO_ACCOUNT_IDS"):
            parse_accounts(text)


class TestClocks:
    @given(lease=st.floats(min_value=3, max_value=3600))
    def test_fit_each_other_whatever_the_lease(self, lease):
        clocks = Clocks.derived(lease=lease, grace=0)
        assert clocks.lease > clocks.task_limit > clocks.checkout > clocks.connect > 0

    def test_are_those_of_the_design_for_a_minute(self):
        clocks = Clocks.derived(lease=60, grace=60)
        assert (clocks.task_limit, clocks.checkout, clocks.connect, clocks.read) == (40, 20, 3, 10)

    @pytest.mark.parametrize(
        ("lease", "grace"), [(2.9, 60), (60, -1), (float("nan"), 60), (60, float("nan")), (float("inf"), 60)]
    )
    def test_too_short_are_refused(self, lease, grace):
        with pytest.raises(ImproperlyConfigured):
            Clocks.derived(lease=lease, grace=grace)


class TestTheSupplier:
    @pytest.mark.parametrize(
        ("text", "url"),
        [
            ("", "https://api.bamboocardportal.com"),
            ("https://supplier.example/", "https://supplier.example"),
            ("http://127.0.0.1:8910", "http://127.0.0.1:8910"),
        ],
    )
    def test_has_an_address(self, text, url):
        assert parse_supplier_url(text) == url

    @pytest.mark.parametrize("text", ["nonsense", "ftp://supplier.example", "https://", "127.0.0.1:8910"])
    def test_at_no_address_is_refused(self, text):
        with pytest.raises(ImproperlyConfigured, match="BAMBOO_BASE_URL"):
            parse_supplier_url(text)

    def test_is_a_sandbox_unless_said_otherwise(self):
        assert [parse_mode(text) for text in ("", "sandbox", "live", " LIVE ")] == [
            "sandbox",
            "sandbox",
            "live",
            "live",
        ]

    @pytest.mark.parametrize("text", ["x", "production", "live,sandbox", "true"])
    def test_in_a_mode_that_nobody_knows_is_refused(self, text):
        with pytest.raises(ImproperlyConfigured, match="BAMBOO_MODE"):
            parse_mode(text)

    @pytest.mark.parametrize("text", ["", "DOLLAR", "U$D", "12"])
    def test_is_paid_in_a_currency(self, text):
        assert parse_currency("BAMBOO_DEFAULT_CURRENCY", " eur ") == "EUR"
        with pytest.raises(ImproperlyConfigured, match="BAMBOO_DEFAULT_CURRENCY"):
            parse_currency("BAMBOO_DEFAULT_CURRENCY", text)


class TestNumbers:
    @pytest.fixture
    def env(self, monkeypatch):
        monkeypatch.setenv("EMPTY", " ")
        monkeypatch.setenv("SEVEN", " 7 ")
        monkeypatch.setenv("WORDS", "a minute")
        return Environment()

    def test_left_out_or_empty_have_their_default(self, env):
        assert (env.int("EMPTY", default=5), env.int("NOWHERE", default=5), env.int("SEVEN", default=5)) == (5, 5, 7)
        assert (env.float("EMPTY", default=5.5), env.float("SEVEN", default=5.5)) == (5.5, 7.0)

    def test_that_are_none_are_refused_by_name(self, env):
        for read in (env.int, env.float):
            with pytest.raises(ImproperlyConfigured, match="WORDS: 'a minute' is not a number"):
                read("WORDS", default=5)


class TestServers:
    @pytest.mark.parametrize("url", ["nonsense", "mysql://x@localhost/y", "sqlite:///y.db", "//localhost/y"])
    def test_of_another_kind_are_refused(self, url):
        with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
            postgresql(url, process="web")
        with pytest.raises(ImproperlyConfigured, match="RABBITMQ_URL"):
            rabbitmq(url, process="web")

    def test_with_tls_are_asked_for_a_certificate_of_their_own_name(self):
        secure = rabbitmq("amqps://steller:x@mq.example.com:5671//", process="worker")

        assert secure.tls == {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": "mq.example.com"}
        assert rabbitmq("amqp://steller:x@localhost//", process="worker").tls is None


class TestTheSuppliersSecrets:
    GOOD = {
        "mode": "live",
        "client_secret": "a-real-one",
        "notification_secret": GOOD["secret_key"],
        "webhook_secrets": ["whsec_Zk3v9Qw1Lr8Xt5Yb2Nc7Md4Hs6Jg0PfA"],
    }

    @pytest.mark.parametrize("changes", [{}, {"notification_secret": ""}, {"webhook_secrets": []}])
    def test_that_are_strong_or_not_there_pass(self, changes):
        refuse_weak_supplier_secrets(**self.GOOD | changes)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("client_secret", ""),
            ("client_secret", "sandbox-secret"),
            ("notification_secret", "short"),
            ("webhook_secrets", ["whsec_short"]),
        ],
    )
    def test_that_are_weak_are_refused_where_cards_are_real(self, name, value):
        with pytest.raises(ImproperlyConfigured, match=f"BAMBOO_{name.upper().removesuffix('S')}"):
            refuse_weak_supplier_secrets(**self.GOOD | {name: value})
        refuse_weak_supplier_secrets(**self.GOOD | {name: value, "mode": "sandbox"})


class TestSecrets:
    def test_that_are_strong_pass(self):
        refuse_weak_secrets(**GOOD)

    @pytest.mark.parametrize("name", ["secret_key", "jwt_signing_key"])
    @pytest.mark.parametrize("value", ["", "short", "a" * 50, "django-insecure-Zk3v9Qw1Lr8Xt5Yb2Nc7Md4Hs6J"])
    def test_missing_short_regular_or_default_are_refused(self, name, value):
        with pytest.raises(ImproperlyConfigured, match=name.upper()):
            refuse_weak_secrets(**GOOD | {name: value})

    @pytest.mark.parametrize("value", ["", "k1:", "k1:AAAA", "k1:***", "x"])
    def test_card_keys_that_are_no_keys_are_refused(self, value):
        with pytest.raises(ImproperlyConfigured, match="CARD_KEYS"):
            refuse_weak_secrets(**GOOD | {"card_keys": value})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("rabbitmq_url", "amqp://guest:guest@127.0.0.1//"),
            ("rabbitmq_url", "amqp://steller:x@broker.example//"),
            ("database_url", "postgres://steller:x@db.example/steller"),
            ("database_url", "postgres://steller:x@db.example/steller?sslmode=require"),
            ("database_url", "postgresql:///steller?host=db.example"),
            ("database_url", "postgresql:///steller?hostaddr=192.0.2.7&sslmode=require"),
            ("database_url", "postgresql://steller:x@localhost,db.example/steller"),
        ],
    )
    def test_default_users_and_open_connections_to_other_hosts_are_refused(self, name, value):
        with pytest.raises(ImproperlyConfigured, match=name.upper()):
            refuse_weak_secrets(**GOOD | {name: value})

    def test_card_keys_that_are_too_regular_are_refused(self):
        key = "k1:" + base64.b64encode(b"k" * 32).decode()

        with pytest.raises(ImproperlyConfigured, match="CARD_KEYS"):
            refuse_weak_secrets(**GOOD | {"card_keys": key})

    def test_former_secrets_that_are_weak_are_refused(self):
        with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FALLBACKS"):
            refuse_weak_secrets(**GOOD, secret_key_fallbacks=["short"])

    @pytest.mark.parametrize("url", ["postgresql:///steller?host=/run/postgresql", "postgresql://%2Frun%2Fpg/steller"])
    def test_a_socket_in_a_directory_is_this_host(self, url):
        refuse_weak_secrets(**GOOD | {"database_url": url})

    def test_verified_connections_to_other_hosts_pass(self):
        refuse_weak_secrets(
            **GOOD
            | {
                "rabbitmq_url": "amqps://steller:x@broker.example//",
                "database_url": "postgres://steller:x@db.example/steller?sslmode=verify-full",
            }
        )


class TestAmounts:
    def test_are_read_by_currency(self):
        assert parse_amounts("X", "*=10000, jpy=1500000.5") == {"*": Decimal(10000), "JPY": Decimal("1500000.5")}

    @pytest.mark.parametrize("text", ["", "USD=5", "*=", "*=-1", "*=x", "*=1.00001", "*=1e3", "*", "*=NaN"])
    def test_that_are_none_or_leave_currencies_out_are_refused(self, text):
        with pytest.raises(ImproperlyConfigured, match="TOP_UP"):
            parse_amounts("TOP_UP", text)


class TestSealKeys:
    KEY = "s1:" + base64.b64encode(bytes(range(32))).decode()

    def test_are_needed_where_sealing_is_on_alone(self):
        refuse_wrong_seal_keys(is_on=False, key="", public_keys="")
        refuse_wrong_seal_keys(is_on=True, key=self.KEY, public_keys=f"{self.KEY},{self.KEY}")
        with pytest.raises(ImproperlyConfigured, match="LEDGER_SEAL_KEY"):
            refuse_wrong_seal_keys(is_on=True, key="", public_keys="")

    @pytest.mark.parametrize("text", ["x", "s1:AAAA", ":AAAA", "s1:***"])
    @pytest.mark.parametrize("is_on", [True, False])
    def test_that_are_none_are_refused(self, text, is_on):
        with pytest.raises(ImproperlyConfigured, match="LEDGER_SEAL_KEY"):
            refuse_wrong_seal_keys(is_on=is_on, key=text, public_keys="")
        with pytest.raises(ImproperlyConfigured, match="LEDGER_SEAL_PUBLIC_KEYS"):
            refuse_wrong_seal_keys(is_on=is_on, key=self.KEY, public_keys=text)


class TestARate:
    def test_is_calls_in_seconds_or_off(self):
        assert parse_rate("API_RATE", "600/60") == Limit(600, 60.0)
        assert parse_rate("API_RATE", " OFF ") is None

    @pytest.mark.parametrize("text", ["", "600", "0/60", "600/0", "-1/60", "many/60", "1.5/60"])
    def test_that_is_neither_is_refused_by_its_name(self, text):
        with pytest.raises(ImproperlyConfigured, match="API_RATE"):
            parse_rate("API_RATE", text)
