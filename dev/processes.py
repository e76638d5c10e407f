"""Child processes that are waited for and that never outlive whoever started them.

Each runs in a session of its own, so that Ctrl-C reaches the starter alone, which then ends them in order.
"""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import psutil

_POLL_SECONDS = 0.05
_LONGEST_LINE = 300


class ProcessFailedError(RuntimeError):
    """A process ended early or was not ready in time; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Process:
    """One started process with everything that it started itself."""

    name: str
    log: Path
    popen: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """The id of the process and of its group."""
        return self.popen.pid

    def is_running(self) -> bool:
        """Tell whether the process itself, not only something that it left behind, is alive."""
        return self.popen.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float) -> None:
        """Return when it is ready.

        Raises:
            ProcessFailedError: it ended first, or the time is over.

        """
        give_up_at = time.monotonic() + seconds
        while not is_ready():
            if not self.is_running():
                raise ProcessFailedError(f"{self.name} ended with status {self.popen.returncode}{self.log_tail()}")
            if time.monotonic() > give_up_at:
                raise ProcessFailedError(f"{self.name} is not ready after {seconds:.0f} s{self.log_tail()}")
            time.sleep(_POLL_SECONDS)

    def has_logged(self, text: str) -> bool:
        """Tell whether the text stands in its log."""
        return text in self.log.read_text(errors="replace")

    def log_tail(self, lines: int = 15) -> str:
        """Return the end of its log as part of a message."""
        tail = self.log.read_text(errors="replace").splitlines()[-lines:]
        return "".join(f"\n    {line[:_LONGEST_LINE]}" for line in [f"({self.log})", *tail])

    def stop(self, *, seconds: float = 15.0) -> None:
        """Ask it to end, then end by force what is left of its group."""
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout=seconds)
        self.kill()

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process alone: its own children are its to stop."""
        if self.is_running():
            self.popen.terminate()

    def kill(self) -> None:
        """Send SIGKILL to the whole group and to descendants that left it, and wait for the process."""
        descendants: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            descendants = psutil.Process(self.pid).children(recursive=True)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        for each in descendants:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.popen.wait()


class Processes:
    """A set of processes that all end at the end of the ``with`` block, however that comes.

    In the main thread SIGTERM ends the block too, as Ctrl-C does.
    """

    def __init__(self, logs: Path, *, seconds_to_stop: float = 15.0) -> None:
        self._logs = logs
        self._seconds_to_stop = seconds_to_stop
        self._started: list[Process] = []
        self._previous_handler: Callable[[int, FrameType | None], object] | int | None = None

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        if threading.current_thread() is threading.main_thread():
            self._previous_handler = signal.signal(signal.SIGTERM, _exit)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self._previous_handler is not None:
            signal.signal(signal.SIGTERM, self._previous_handler)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> Process:
        """Start a process whose output goes to ``<name>.log``; ``environment`` replaces ours."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=directory,
                start_new_session=True,
            )
        process = Process(name, log, popen)
        self._started.append(process)
        return process

    def stop(self) -> None:
        """Stop all at once, by force what has not ended in time; a second Ctrl-C cannot interrupt this."""
        started, self._started = self._started, []
        with _undisturbed():
            for process in started:
                process.ask_to_stop()
            give_up_at = time.monotonic() + self._seconds_to_stop
            for process in started:
                process.stop(seconds=max(0.0, give_up_at - time.monotonic()))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C and SIGTERM for the length of the block, in the main thread."""
    ours = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in ours}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _exit(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def accepts_connections(port: int) -> bool:
    """Tell whether something listens on this port of the loopback address."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback address that nobody uses at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()
