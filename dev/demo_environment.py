"""The environment of the demo: secrets made once for this checkout, nothing of the developer's own."""

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

_SECRETS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "JWT_SIGNING_KEY": lambda: secrets.token_urlsafe(48),
    "CARD_KEYS": lambda: "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    "BAMBOO_NOTIFICATION_SECRET": lambda: secrets.token_urlsafe(32),
    "BAMBOO_WEBHOOK_SECRET": lambda: "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
}

# Given even where empty: a name that is set wins over the developer's .env file.
_SERVERS = {"DATABASE_URL": "", "RABBITMQ_URL": ""}
_FIXED = {
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "BAMBOO_ACCOUNT_IDS": "",
    # The imitation has both pairs, so orders of test mode are bought as well.
    "BAMBOO_CLIENT_ID": "STELLER-LIVE",
    "BAMBOO_CLIENT_SECRET": "live-secret",
    "BAMBOO_TEST_CLIENT_ID": "STELLER-SANDBOX",
    "BAMBOO_TEST_CLIENT_SECRET": "sandbox-secret",
    "BAMBOO_MODE": "live",
    # The sandbox forgets its limits at each start, so the catalog may be read at each start.
    "BAMBOO_LIMITS": "catalog=3600/3600",
    "BEHIND_PROXY": "false",
    "CACHE_URL": "locmemcache://",
    "DEBUG": "false",
    "EMAIL_URL": "consolemail://",
    "LOG_DIR": "",
    "SECURE_SSL_REDIRECT": "false",
    "SESSION_COOKIE_SECURE": "false",
    # Whoever tries the demo has no phone set up for it.
    "STAFF_SECOND_FACTOR": "false",
    "TRUSTED_PROXIES": "",
    "PYTHONUNBUFFERED": "1",
    # A receiver on this machine may be tried out.
    "WEBHOOK_ALLOW_PRIVATE": "true",
    "WORKER_CONCURRENCY": "4",
}


def demo_environment(secrets_file: Path, *, supplier_url: str, public_url: str, own_servers: bool) -> dict[str, str]:
    """Return the environment for every process of the demo.

    ``own_servers`` leaves the developer's database and broker as they are configured.
    """
    servers = {} if own_servers else _SERVERS
    addresses = {"BAMBOO_BASE_URL": supplier_url, "PUBLIC_URL": public_url}
    return {**os.environ, **servers, **_FIXED, **_kept_secrets(secrets_file), **addresses}


def _kept_secrets(file: Path) -> dict[str, str]:
    """Read the secrets, making those that are missing: the kept database was encrypted with them."""
    kept: dict[str, str] = {}
    if file.exists():
        lines = file.read_text().splitlines()
        kept = dict(line.split("=", 1) for line in lines if "=" in line)
    missing = {name: make() for name, make in _SECRETS.items() if name not in kept}
    if missing:
        kept |= missing
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
    return {name: kept[name] for name in _SECRETS}
