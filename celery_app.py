"""The Celery application: `celery -A celery_app worker`, `celery -A celery_app beat`.

The broker only carries wake-ups. Every task is safe to run twice, in any order, late or never: what has to
be done stands in the database, and the sweeps find what no message woke.
"""

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")
# Run as `celery` or as `python -m celery`.
_program = Path(sys.argv[0])
if "celery" in {_program.name, _program.parent.name if _program.name == "__main__.py" else ""}:
    os.environ["STELLER_PROCESS"] = "beat" if "beat" in sys.argv else "worker"

from celery import Celery, signals  # noqa: E402 - the process names itself first
from django.conf import settings  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.db import OperationalError  # noqa: E402

from steller import embedded, startup  # noqa: E402

app = Celery("steller")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
if settings.EMBEDDED_BROKER:
    embedded.close_broker_at_exit(app)


@signals.setup_logging.connect
def keep_logging(**_kwargs: object) -> None:
    """Leave logging as the settings made it; without a receiver here Celery would configure its own."""


@signals.celeryd_init.connect
def keep_to_itself(instance: Any, **_kwargs: object) -> None:
    """Start without the chatter between workers: nobody here needs it, and newer brokers refuse its queues."""
    # The worker's hook for changing its arguments; a change of this signal's options is lost.
    instance.prepare_args = _without_chatter


def _without_chatter(**arguments: object) -> dict[str, object]:
    return {**arguments, "without_gossip": True, "without_mingle": True}


@signals.worker_init.connect
@signals.beat_init.connect
def prepare(**_kwargs: object) -> None:
    """Refuse to take work without a database, or on a schema that is not migrated."""
    try:
        startup.prepare()
    except (ImproperlyConfigured, OperationalError) as error:
        # Celery reports an exception of a receiver and goes on; only this one ends the process.
        raise SystemExit(f"{Path(sys.argv[0]).name}: {error}") from error
