"""Logs: one JSON object a line, to the console and to a daily file kept for a week, with secrets taken out.

Supplier bodies are never logged at all. The redaction here is the second fence: whatever slips into an event
under a telling name, or looks like one of our keys, is replaced before it reaches any handler.
"""

import logging
import logging.config
import re
import time
import uuid
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

KEPT_DAYS = 7
_SECRET_NAMES = re.compile(
    r"(code|pin|serial|secret|password|token|authorization|cookie|api[-_]?key|body|signature)$", re.IGNORECASE
)
_HARMLESS_NAMES = {"error_code", "status_code", "country_code", "currency_code"}
_SECRET_VALUES = re.compile(r"stl_(live|test)_[A-Za-z0-9_-]{8,}|Basic [A-Za-z0-9+/=]{8,}|Bearer [A-Za-z0-9._-]{8,}")
_HIDDEN = "[hidden]"


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what must not be read in a log: values under telling names, and texts that look like a key."""
    for name, value in event.items():
        event[name] = _cleaned(name, value)
    return event


def _cleaned(name: str, value: Any) -> Any:
    if _is_secret(name):
        return _HIDDEN
    if isinstance(value, str):
        return _SECRET_VALUES.sub(_HIDDEN, value)
    if isinstance(value, Mapping):
        return {key: _cleaned(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned("", inner) for inner in value]
    return value


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAMES.search(name)) and name not in _HARMLESS_NAMES


class DailyFileHandler(logging.FileHandler):
    """Append to `steller-<date>.log`; several processes may share the directory; a week is kept."""

    def __init__(self, directory: str) -> None:
        """Open today's file in `directory`, which is made when it is missing."""
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._day = ""
        super().__init__(self._path_of_today(), encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, into a new file when the day has changed."""
        path = str(self._path_of_today().absolute())
        if path != self.baseFilename:
            self.close()
            self.baseFilename = path
            self._remove_old()
        super().emit(record)

    def _path_of_today(self) -> Path:
        return self._directory / f"steller-{datetime.now(UTC):%Y-%m-%d}.log"

    def _remove_old(self) -> None:
        oldest = f"steller-{datetime.now(UTC) - timedelta(days=KEPT_DAYS):%Y-%m-%d}.log"
        for path in self._directory.glob("steller-????-??-??.log"):
            if path.name < oldest:
                path.unlink(missing_ok=True)


def logging_config(*, process: str, directory: str) -> None:
    """Configure the standard library's logging and structlog alike; called once by the settings.

    Raises:
        ImproperlyConfigured: nothing can be written into this directory.

    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[
            *shared[:3],
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handlers: dict[str, dict[str, Any]] = {"console": {"class": "logging.StreamHandler", "formatter": "json"}}
    if directory:
        _make(directory)
        handlers["file"] = {"()": DailyFileHandler, "directory": directory, "formatter": "json"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        _named(process),
                        structlog.processors.format_exc_info,
                        redact,
                        structlog.processors.JSONRenderer(),
                    ],
                }
            },
            "handlers": handlers,
            "root": {"handlers": list(handlers), "level": "INFO" if process != "command" else "WARNING"},
            "loggers": {
                "django.server": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
            },
        }
    )


def _make(directory: str) -> None:
    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"LOG_DIR: {error}") from error


def _named(process: str) -> Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process
        return event

    return add


class RequestLogMiddleware:
    """Log each request's outcome and time, and give it the reference id that its errors show."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the rest of the stack."""
        self._get_response = get_response
        self._log = structlog.get_logger("steller.request")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, bind its reference id to every line logged meanwhile."""
        reference_id = str(uuid.uuid4())
        request.reference_id = reference_id  # type: ignore[attr-defined]
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(reference_id=reference_id):
            response = self._get_response(request)
            response.headers["X-Reference-Id"] = reference_id
            self._log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.monotonic() - started) * 1000, 1),
                host=request.META.get("HTTP_HOST", ""),
                user_agent=request.META.get("HTTP_USER_AGENT", "")[:200],
            )
        return response
