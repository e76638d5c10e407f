"""The form and signature of what we send: https://www.standardwebhooks.com, symmetric, `v1`."""

import base64
import hashlib
import hmac
import json
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from partners import queries
from partners.models import Event, WebhookEndpoint
from steller.encryption import card_keys
from steller.outbound import Post


def sign(endpoint: WebhookEndpoint, message_id: str, event: Event | None) -> Post:
    """Make the request that tells an endpoint of an event, or of a test when there is none.

    Raises:
        DecryptionError: the endpoint's secret cannot be read.

    """
    now = timezone.now()
    body = queries.event_body(event) if event else _test_body(message_id, now)
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    signed = f"{message_id}.{int(now.timestamp())}.".encode() + raw
    return Post(
        url=endpoint.url,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Steller-Webhooks/1",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(_signature(secret, signed) for secret in _secrets(endpoint, now)),
        },
        body=raw,
        allow_private=settings.DEBUG or settings.WEBHOOK_ALLOW_PRIVATE,
    )


def _test_body(message_id: str, now: datetime) -> dict[str, object]:
    return {
        "id": message_id.removeprefix("test_"),
        "number": None,
        "type": "webhook.test",
        "created_at": now.isoformat().replace("+00:00", "Z"),
        "data": {"message": "This is a test: your endpoint was reached."},
    }


def _secrets(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    secrets = [card_keys().decrypt(endpoint.secret, place=endpoint.place("secret"))]
    if endpoint.previous_secret and endpoint.previous_secret_until and now < endpoint.previous_secret_until:
        secrets.append(card_keys().decrypt(endpoint.previous_secret, place=endpoint.place("previous_secret")))
    return secrets


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
