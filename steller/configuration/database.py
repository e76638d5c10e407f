"""The connection to PostgreSQL: bounded in time, and told apart by the process that holds it."""

from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

# Milliseconds that a statement, a wait for a lock and an idle transaction may take in a process of this kind: a stuck
# session that holds a wallet's row would stop its partner. Commands may take as long as they need.
_TIMEOUTS = {"web": (5000, 2000, 5000), "worker": (15000, 5000, 10000)}


def postgresql(url: str, *, process: str) -> dict[str, Any]:
    """Describe the database at this address, as an entry of Django's DATABASES.

    Raises:
        ImproperlyConfigured: it is no address of a PostgreSQL.

    """
    if urlsplit(url).scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured("DATABASE_URL is not postgresql://user:password@host/name")
    described: dict[str, Any] = environ.Env.db_url_config(url)
    return {
        **described,
        "CONN_MAX_AGE": 60 if process == "web" else 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **described.get("OPTIONS", {}),
            "connect_timeout": 3,
            "keepalives_idle": 10,
            "tcp_user_timeout": 10000,
            # A statement of `prepared_cursor` is planned anew this often before its plan is kept.
            "prepare_threshold": 2,
            "application_name": f"steller-{process}",
            **_timeouts(process),
        },
        # A template that nobody can be connected to: several test runs may make their databases at once.
        "TEST": {"TEMPLATE": "template0"},
    }


def _timeouts(process: str) -> dict[str, str]:
    if process not in _TIMEOUTS:
        return {}
    statement, lock, idle = _TIMEOUTS[process]
    return {
        "options": f"-c statement_timeout={statement} -c lock_timeout={lock}"
        f" -c idle_in_transaction_session_timeout={idle}"
    }
