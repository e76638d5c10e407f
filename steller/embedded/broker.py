"""The embedded broker: message queues inside PostgreSQL (``pgmq``), for where no RabbitMQ is installed.

Messages are hints, the database is the truth, so what this broker lacks (quorum queues, dead letters,
expiry) costs time at worst. Production uses RabbitMQ.
"""

import atexit
from typing import Any
from urllib.parse import quote

import psycopg
from celery import Celery
from pgmq.install import install_pgmq_from_sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from steller.embedded import places

_INSTALL_LOCK = 7_315_001


def broker_url(database_url: str) -> str:
    """Return the Celery broker URL of this database, for display; the options say where it really is."""
    parts = conninfo_to_dict(database_url)
    return f"pgmq://{quote(str(parts.get('user') or ''))}@localhost/{quote(str(parts.get('dbname') or ''))}"


def broker_transport_options(database_url: str = "", *, visibility_timeout: int = 120) -> dict[str, Any]:
    """Return the Celery transport options of the queues in this database, by default the embedded one.

    ``visibility_timeout`` is the time after which the message of a killed worker is delivered again: longer
    than the longest task, or a message runs twice at once.
    """
    parts = conninfo_to_dict(database_url or places.database_url())
    known = {"host": "localhost", "port": "5432", "dbname": "postgres", "user": "postgres", "password": "-"}
    return {
        # Given whole: pgmq would otherwise prefer the environment's DATABASE_URL to what kombu passes it.
        "conn_string": make_conninfo("", **{name: str(parts.get(name) or default) for name, default in known.items()}),
        "init_extension": False,
        "visibility_timeout": visibility_timeout,
        "use_notify": True,
        "notify_throttle_interval_ms": 0,
        "wait_time_seconds": 0,
        # A notification announces what arrives; only a poll finds what had to wait for a free worker child.
        "polling_interval": 0.2,
        "pool_size": 4,
        "pool_timeout": 5,
    }


def install_broker(database_url: str) -> bool:
    """Create the schema of the queues unless it exists, and return whether this call did."""
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_INSTALL_LOCK])
        if connection.execute("SELECT to_regclass('pgmq.meta')").fetchone() != (None,):
            return False
        install_pgmq_from_sql(conn=connection)
    return True


def close_broker_at_exit(app: Celery) -> None:
    """Close the app's publishing connections when the process ends: open ones keep it for 20 seconds."""
    atexit.register(_close, app)


def _close(app: Celery) -> None:
    connections: Any = app.pool
    connections.force_close_all()
