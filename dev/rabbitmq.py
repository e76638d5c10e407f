"""A private RabbitMQ node: its own directory, ports, cookie, name server and password, on loopback only.

Nothing of the machine's own RabbitMQ is read or changed, and neither root nor an ordinary user needs more
than the installed package.
"""

import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from dev.processes import Process, Processes, accepts_connections, free_ports

# Debian's command in the path insists on its own user; the programs behind it do not.
_DEBIAN_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
_NODE = "steller@localhost"
_USER = "steller"
_SECONDS_TO_START = 60.0
_GREETING = b"AMQP\x00\x00\x09\x01"


class RabbitNotInstalledError(RuntimeError):
    """No RabbitMQ on this machine: install the package rabbitmq-server."""


class RabbitNode:
    """A node that keeps its queues in ``directory`` over any number of starts, stops and kills."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._programs = _programs()
        self._port, self._distribution_port, self._name_server_port = free_ports(3)
        self._processes = Processes(self._directory, seconds_to_stop=20)
        self._server: Process | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The URL for Celery; the same after each start."""
        return f"amqp://{_USER}:{self._password()}@127.0.0.1:{self._port}//"

    def start(self) -> None:
        """Start the node and return when it takes connections.

        Raises:
            ProcessFailedError: it does not start; the message holds the end of its log.

        """
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write_configuration()
        name_server = self._processes.start(
            "epmd", [_name_server(), "-port", str(self._name_server_port), "-address", "127.0.0.1"]
        )
        name_server.wait_until(lambda: accepts_connections(self._name_server_port), seconds=10)
        self._server = self._processes.start(
            "rabbitmq", [self._programs / "rabbitmq-server"], environment=self._environment()
        )
        self._server.wait_until(self._greets, seconds=_SECONDS_TO_START)

    def stop(self) -> None:
        """Stop the node as an operator would; durable queues and messages stay."""
        if self._server is not None:
            self._server.stop(seconds=20)
        self.kill()

    def kill(self) -> None:
        """End the node with SIGKILL, as a power cut would."""
        if self._server is not None:
            self._server.kill()
            self._server = None
        self._processes.stop()

    def control(self, *arguments: str) -> str:
        """Run ``rabbitmqctl`` on this node and return what it prints.

        Raises:
            CalledProcessError: it failed.

        """
        command: list[str | Path] = [self._programs / "rabbitmqctl", "--node", _NODE, "--quiet", *arguments]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=True, timeout=60)
        return done.stdout

    def _greets(self) -> bool:
        """Tell whether the node answers in AMQP: the port opens a moment before."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=2) as client:
                client.sendall(_GREETING)
                return bool(client.recv(1))
        except OSError:
            return False

    def _password(self) -> str:
        file = self._directory / "password"
        if not file.exists():
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(16))
        return file.read_text()

    def _write_configuration(self) -> None:
        (self._directory / "enabled_plugins").write_text("[].\n")
        (self._directory / "environment").touch()
        (self._directory / "conf.d").mkdir(exist_ok=True)
        configuration = self._directory / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"listeners.tcp.local = 127.0.0.1:{self._port}\n"
            f"default_user = {_USER}\n"
            f"default_pass = {self._password()}\n"
            "disk_free_limit.absolute = 50MB\n"
            "log.console = true\n"
            "log.console.level = warning\n"
            "log.file = false\n"
        )

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        files = {
            "HOME": ".",
            "RABBITMQ_ADVANCED_CONFIG_FILE": "advanced.config",
            "RABBITMQ_CONF_ENV_FILE": "environment",
            "RABBITMQ_CONFIG_FILE": "rabbitmq.conf",
            "RABBITMQ_CONFIG_FILES": "conf.d",
            "RABBITMQ_ENABLED_PLUGINS_FILE": "enabled_plugins",
            "RABBITMQ_GENERATED_CONFIG_DIR": "generated",
            "RABBITMQ_LOG_BASE": "log",
            "RABBITMQ_MNESIA_BASE": "data",
            "RABBITMQ_PID_FILE": "pid",
            "RABBITMQ_SCHEMA_DIR": "schema",
        }
        return {
            **inherited,
            **{name: str(self._directory / file) for name, file in files.items()},
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._name_server_port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
        }


def _programs() -> Path:
    if (_DEBIAN_PROGRAMS / "rabbitmq-server").exists():
        return _DEBIAN_PROGRAMS
    found = shutil.which("rabbitmq-server")
    if found is None:
        raise RabbitNotInstalledError("RabbitMQ is not installed: install the package rabbitmq-server")
    return Path(found).resolve().parent


def _name_server() -> str:
    found = shutil.which("epmd")
    if found is None:
        raise RabbitNotInstalledError("Erlang's epmd is not in the path: install the package erlang-base")
    return found
