"""What a load balancer asks: whether the process lives, and whether it can serve.

Serving needs the database. Without the broker orders are still taken and a sweep wakes them later, so a broker
that is away is told but takes nobody out of service; nor does a database that cannot keep partners apart, as the code
does. The supplier is never asked: its quota is for orders.
"""

from typing import Literal

import structlog
from celery import current_app
from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from steller import isolation

type State = Literal["ok", "away"]

_BROKER_SECONDS = 1
_log = structlog.get_logger(__name__)


@never_cache
@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """Answer that the process takes requests."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, else 503; report the rest beside it."""
    database, fence = _database()
    body = {"status": database, "database": database, "isolation": fence, "broker": _broker()}
    return JsonResponse(body, status=200 if database == "ok" else 503)


def _database() -> tuple[State, State]:
    try:
        return "ok", "ok" if isolation.is_possible() else "away"
    except Error:
        _log.warning("database_away", exc_info=True)
        return "away", "away"


def _broker() -> State:
    try:
        with current_app.connection_for_write(connect_timeout=_BROKER_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, timeout=_BROKER_SECONDS)
    except Exception:  # noqa: BLE001 - each transport fails in its own way; none of them may fail us
        return "away"
    return "ok"
