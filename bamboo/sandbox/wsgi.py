"""Calls a WSGI application and collects what it answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import WSGIApplication, WSGIEnvironment


@dataclass(slots=True)
class WsgiAnswer:
    """An answer whose body has not been consumed yet."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


class _Start:
    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> object:
        self.status, self.headers = status, headers
        return self._write

    def _write(self, _data: bytes) -> None:
        raise NotImplementedError("the old way of writing a body is not used here")


def call(application: WSGIApplication, environ: WSGIEnvironment) -> WsgiAnswer:
    """Call an application."""
    start = _Start()
    body = application(environ, start)  # type: ignore[arg-type]
    status, _, reason = start.status.partition(" ")
    return WsgiAnswer(int(status), reason, start.headers, body)
