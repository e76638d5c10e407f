"""What a long-running process checks before it takes work: a database that is there, and migrated."""

import time

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from steller import embedded

_PATIENCE_SECONDS = 30.0
# Not the worker: it forks, and threads and forks go ill together.
_WATCHERS = {"web", "beat"}
_log = structlog.get_logger(__name__)


def prepare() -> None:
    """Start the embedded PostgreSQL when it is chosen, wait for the database, refuse an old schema.

    Raises:
        ImproperlyConfigured: migrations are not applied; processes never migrate themselves.
        OperationalError: the database did not come within 30 seconds.

    """
    if settings.EMBEDDED_DATABASE:
        embedded.start()
        if settings.PROCESS in _WATCHERS:
            embedded.watch()
    _wait_for_database()
    if settings.EMBEDDED_BROKER:
        embedded.install_broker(settings.DATABASE_URL)
    refuse_unapplied_migrations()
    connection.close()


def refuse_unapplied_migrations() -> None:
    """Raise unless every migration of this code is applied.

    Raises:
        ImproperlyConfigured: names the first one that is missing.

    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise ImproperlyConfigured(
            f"{len(plan)} migrations are not applied, the first is {plan[0][0]}: run `manage.py migrate`"
        )


def _wait_for_database() -> None:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > give_up_at:
                raise
            _log.warning("database_not_there_yet")
            time.sleep(0.5)
        else:
            return
