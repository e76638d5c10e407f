"""Which supplier the settings mean: one client for each pair of credentials and process.

Only tasks and commands may import this; everything else is handed a client.
"""

import os
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from bamboo.client import BambooClient, Timeouts


def client(mode: str = "live") -> BambooClient:
    """Return this process's client for live or test credentials; its connections are kept open.

    Raises:
        ImproperlyConfigured: no credentials are set for this mode.

    """
    return _client(mode, os.getpid())


def configured_modes() -> list[str]:
    """Return the modes that have credentials."""
    return [mode for mode in ("live", "test") if all(_credentials(mode))]


# The process id keeps a forked worker from sharing its parent's connections.
@lru_cache(maxsize=4)
def _client(mode: str, _process: int) -> BambooClient:
    client_id, client_secret = _credentials(mode)
    if not client_id or not client_secret:
        raise ImproperlyConfigured(f"The supplier's credentials for mode {mode} are not set")
    clocks = settings.CLOCKS
    return BambooClient(
        base_url=settings.BAMBOO_BASE_URL,
        client_id=client_id,
        client_secret=client_secret,
        timeouts=Timeouts(connect=clocks.connect, checkout=clocks.checkout, order=clocks.read),
    )


def _credentials(mode: str) -> tuple[str, str]:
    if mode == "test":
        return settings.BAMBOO_TEST_CLIENT_ID, settings.BAMBOO_TEST_CLIENT_SECRET
    return settings.BAMBOO_CLIENT_ID, settings.BAMBOO_CLIENT_SECRET
