"""The Celery application: `celery -A celery_app worker`, `celery -A celery_app beat`.

The broker only carries wake-ups. Every task is safe to run twice, in any order, late or never: what has to
be done stands in the database, and the sweeps find what no message woke.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")
if "celery" in os.path.basename(sys.argv[0]):  # noqa: PTH119 - argv is a plain string
    os.environ["STELLER_PROCESS"] = "beat" if "beat" in sys.argv else "worker"

from celery import Celery, signals  # noqa: E402 - the process names itself first

from steller import startup  # noqa: E402

app = Celery("steller")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_logging(**_kwargs: object) -> None:
    """Leave logging as the settings made it; without a receiver here Celery would configure its own."""


@signals.worker_init.connect
@signals.beat_init.connect
def prepare(**_kwargs: object) -> None:
    """Refuse to take work on a schema that is not migrated."""
    startup.prepare()
