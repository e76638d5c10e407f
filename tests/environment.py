"""The environment that tests run in: production's settings with made-up secrets. Loaded before Django is.

A developer's own `DATABASE_URL` is used when it is set; everything else is fixed, so that a test never meets a real
supplier, broker or mailbox.
"""

import base64
import os
import secrets
from pathlib import Path

_LOCAL = Path(__file__).resolve().parent.parent / ".local"

os.environ.setdefault("STELLER_LOCAL_DIR", str(_LOCAL / "tests"))
os.environ.update(
    DEBUG="false",
    SECRET_KEY=secrets.token_urlsafe(48),
    JWT_SIGNING_KEY=secrets.token_urlsafe(48),
    CARD_KEYS=f"test:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    DATABASE_URL=os.environ.get("DATABASE_URL", ""),
    RABBITMQ_URL="memory://",
    CACHE_URL="locmemcache://",
    EMAIL_URL="memorymail://",
    STAFF_SECOND_FACTOR="false",
    TRUSTED_PROXIES="",
    BAMBOO_BASE_URL="http://supplier.test",
    BAMBOO_CLIENT_ID="STELLER-SANDBOX",
    BAMBOO_CLIENT_SECRET="sandbox-secret",
    BAMBOO_TEST_CLIENT_ID="",
    BAMBOO_TEST_CLIENT_SECRET="",
    BAMBOO_ACCOUNT_IDS="",
    BAMBOO_MODE="sandbox",
    BAMBOO_LIMITS="",
    LOG_DIR="",
    LEDGER_SEAL_DIR="",
    LEDGER_SEAL_KEY="",
    LEDGER_SEAL_PUBLIC_KEYS="",
)
