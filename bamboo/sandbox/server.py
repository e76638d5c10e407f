"""Serves the imitation over HTTP: a thread for each connection, kept open, and really closed when a fault says so.

The usual development servers close the connection after every answer, and none can drop one without an answer.
"""

import sys
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from wsgiref.types import WSGIApplication, WSGIEnvironment

from bamboo.sandbox.state import DROPPED
from bamboo.sandbox.wsgi import call

_NO_BODY = frozenset({204, 304})
_LARGEST_BODY = 16 * 1024 * 1024


class SandboxServer(ThreadingHTTPServer):
    """Listens as soon as it exists; `serve_forever` answers.

    Raises:
        OSError: the address cannot be listened on.

    """

    daemon_threads = True
    request_queue_size = 256
    # Two imitations on one port would share the callers between them.
    allow_reuse_port = False

    def __init__(self, host: str, port: int, application: WSGIApplication) -> None:
        """Listen; port 0 picks a free one."""
        self.application = application
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """The address for callers."""
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"http://{host}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about callers that went away; that is what they do when they time out."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Buffered, so that headers and body leave in one packet.
    wbufsize = 64 * 1024
    timeout = 120

    def _answer(self) -> None:
        environ = self._environ()
        answer = call(self.server.application, environ)
        if environ.get(DROPPED):
            self.close_connection = True
            return
        try:
            self._write(answer.status, answer.headers, answer.body)
        finally:
            close = getattr(answer.body, "close", None)
            if close is not None:
                close()

    do_GET = do_POST = do_DELETE = do_PUT = do_HEAD = _answer  # noqa: N815 - named by http.server

    def _write(self, status: int, headers: list[tuple[str, str]], body: Iterable[bytes]) -> None:
        self.send_response(status)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        chunked = "content-length" not in names and status not in _NO_BODY
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in body:
            if self.command == "HEAD" or not part:
                continue
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
            if chunked:
                self.wfile.flush()
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _environ(self) -> WSGIEnvironment:
        path, _, query = self.path.partition("?")
        length = min(int(self.headers.get("Content-Length") or 0), _LARGEST_BODY)
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.rfile.read(length)),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ.setdefault(f"HTTP_{name.upper().replace('-', '_')}", value)
        return environ

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Keep quiet: the control API has the log."""
