"""Mounts the imitation inside a `requests` session, so that the real client runs without a socket.

Time-outs do not apply here; what needs a real connection is tested over one.
"""

import sys
from collections.abc import Mapping
from io import BytesIO
from urllib.parse import unquote, urlsplit
from wsgiref.types import WSGIApplication, WSGIEnvironment

import requests
import urllib3
from requests.adapters import BaseAdapter

from bamboo.sandbox.state import DROPPED
from bamboo.sandbox.wsgi import WsgiAnswer, call


class WsgiAdapter(BaseAdapter):
    """Sends requests to a WSGI application: `session.mount("http://bamboo.test", WsgiAdapter(app))`."""

    def __init__(self, application: WSGIApplication) -> None:
        """Take the application."""
        super().__init__()
        self._application = application

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,  # noqa: ARG002
        verify: bool | str = True,  # noqa: ARG002, FBT001, FBT002
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        """Call the application.

        Raises:
            requests.ConnectionError: it dropped the connection.

        """
        environ = _environ(request)
        answer = call(self._application, environ)
        content = b"".join(answer.body)
        if environ.get(DROPPED):
            raise requests.ConnectionError("connection dropped", request=request)
        return _response(request, answer, content)

    def close(self) -> None:
        """Keep nothing, so close nothing."""


def _environ(request: requests.PreparedRequest) -> WSGIEnvironment:
    url = urlsplit(request.url or "")
    body = request.body or b""
    raw = body.encode() if isinstance(body, str) else bytes(body)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(raw),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        environ[_environ_name(name)] = value
    return environ


def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


def _response(request: requests.PreparedRequest, answer: WsgiAnswer, content: bytes) -> requests.Response:
    raw = urllib3.HTTPResponse(
        body=BytesIO(content),
        headers=urllib3.HTTPHeaderDict(answer.headers),
        status=answer.status,
        reason=answer.reason,
        preload_content=False,
    )
    response = requests.Response()
    response.status_code = answer.status
    response.reason = answer.reason
    response.headers.update(answer.headers)
    response.raw = raw
    response.request = request
    response.url = request.url or ""
    response.encoding = "utf-8"
    return response
