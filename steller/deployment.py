"""What `manage.py check` says of an installation.

With `--deploy`: what would let strangers in too easily. With `--database default`: whether PostgreSQL keeps partners
apart, too.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 - Django's name
from django.db import connection

from steller import isolation


@register(Tags.security, deploy=True)
def check_installation(app_configs: Any, **_kwargs: Any) -> Iterable[CheckMessage]:  # noqa: ARG001 - Django's signature
    """Warn of what is meant for development."""
    found = []
    if not settings.STAFF_SECOND_FACTOR:
        found.append(
            Warning("Our staff log in with a password alone.", hint="Set STAFF_SECOND_FACTOR.", id="steller.W001")
        )
    if urlsplit(settings.PUBLIC_URL).scheme != "https":
        found.append(Warning("Links in e-mails are not https.", hint="Set PUBLIC_URL.", id="steller.W002"))
    if settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXIES:
        found.append(
            Warning(
                "Behind a proxy every client has the proxy's address, and anybody may claim to come by https.",
                hint="Name the proxy in TRUSTED_PROXIES.",
                id="steller.W003",
            )
        )
    return found


@register(Tags.database)
def check_isolation(databases: Sequence[str] | None = None, **_kwargs: Any) -> Iterable[CheckMessage]:
    """Warn of a migrated database that leaves it to the code alone to keep partners apart."""
    if not databases or not connection.introspection.table_names() or isolation.is_possible():
        return []
    return [
        Warning(
            f"Partners are kept apart by the code alone: the role {isolation.ROLE} is missing or not granted.",
            hint="See PostgreSQL in docs/operations.md, then run `manage.py migrate`.",
            id="steller.W004",
        )
    ]
