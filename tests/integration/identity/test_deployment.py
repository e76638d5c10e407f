"""The settings of production: refused when weak, clean for Django's own checks, https only behind our proxy."""

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GOOD = {
    "PATH": os.environ["PATH"],
    "STELLER_LOCAL_DIR": os.environ["STELLER_LOCAL_DIR"],
    "DEBUG": "false",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "SECRET_KEY_FALLBACKS": "",
    "JWT_SIGNING_KEY": secrets.token_urlsafe(48),
    "CARD_KEYS": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    "ALLOWED_HOSTS": "shop.example.com",
    "PUBLIC_URL": "https://shop.example.com",
    "BEHIND_PROXY": "true",
    "TRUSTED_PROXIES": "10.0.0.5",
    "STAFF_SECOND_FACTOR": "true",
    "SECURE_SSL_REDIRECT": "true",
    "SECURE_HSTS_SECONDS": "31536000",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": "true",
    "SECURE_HSTS_PRELOAD": "true",
    "EMAIL_URL": "smtp+tls://user:word@mail.example.com:587",
    "DATABASE_URL": "postgresql://steller:x@db.example.com/steller?sslmode=verify-full",
    "RABBITMQ_URL": "amqps://steller:x@mq.example.com//",
    "BAMBOO_MODE": "live",
    "BAMBOO_CLIENT_ID": "us",
    "BAMBOO_CLIENT_SECRET": secrets.token_urlsafe(24),
    "BAMBOO_NOTIFICATION_SECRET": secrets.token_urlsafe(32),
    "BAMBOO_WEBHOOK_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
}


def run(*words, **changes):
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=GOOD | changes, capture_output=True, text=True, check=False
    )


class TestTheDeploymentCheck:
    def test_has_nothing_to_say_about_production(self):
        done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize(
        ("changes", "warning"),
        [
            ({"STAFF_SECOND_FACTOR": "false"}, "steller.W001"),
            ({"PUBLIC_URL": "http://shop.example.com"}, "steller.W002"),
            ({"TRUSTED_PROXIES": ""}, "steller.W003"),
        ],
    )
    def test_warns_of_what_is_for_development(self, settings, changes, warning):
        from steller.deployment import check_installation

        settings.STAFF_SECOND_FACTOR = changes.get("STAFF_SECOND_FACTOR") != "false"
        settings.PUBLIC_URL = changes.get("PUBLIC_URL", "https://shop.example.com")
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        settings.TRUSTED_PROXIES = () if "TRUSTED_PROXIES" in changes else ("10.0.0.5",)

        assert [found.id for found in check_installation(None)] == [warning]


class TestTheProcess:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SECRET_KEY", ""),
            ("SECRET_KEY", "django-insecure-Zk3v9Qw1Lr8Xt5Yb2Nc7Md4Hs6J"),
            ("SECRET_KEY_FALLBACKS", "abc-1"),
            ("JWT_SIGNING_KEY", ""),
            ("JWT_SIGNING_KEY", "thirty-one-bytes-are-too-few-xy"),
            ("CARD_KEYS", ""),
            ("CARD_KEYS", "k1:" + base64.b64encode(bytes(32)).decode()),
            ("DATABASE_URL", "postgresql://steller:x@db.example.com/steller?sslmode=require"),
            ("RABBITMQ_URL", "amqp://steller:x@mq.example.com//"),
            ("RABBITMQ_URL", "amqp://guest:guest@localhost//"),
            ("BAMBOO_CLIENT_SECRET", "sandbox-secret"),
            ("BAMBOO_NOTIFICATION_SECRET", "abc-1"),
            ("BAMBOO_WEBHOOK_SECRET", "whsec_x"),
            ("TRUSTED_PROXIES", "everybody"),
        ],
    )
    def test_refuses_to_start_and_names_the_variable_only(self, name, value):
        done = run("-c", "import django; from steller import settings", **{name: value})

        assert done.returncode != 0
        last = done.stderr.strip().splitlines()[-1]
        assert "ImproperlyConfigured" in last
        assert name in last
        assert not value or name == "TRUSTED_PROXIES" or value not in last


class TestHttps:
    @pytest.fixture(autouse=True)
    def _production(self, settings):
        settings.SECURE_SSL_REDIRECT = True
        settings.SECURE_HSTS_SECONDS = 31536000
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    def test_is_what_our_proxy_says(self, client, settings):
        settings.TRUSTED_PROXIES = ("127.0.0.1",)

        answer = client.get("/health/live", headers={"X-Forwarded-Proto": "https"})

        assert answer.status_code == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"

    def test_is_not_what_a_stranger_says(self, client, settings):
        settings.TRUSTED_PROXIES = ("10.0.0.5",)

        answer = client.get("/health/live", headers={"X-Forwarded-Proto": "https"})

        assert (answer.status_code, answer.url) == (301, "https://testserver/health/live")
