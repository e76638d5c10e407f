"""Started processes end with their starter, with everything that they started themselves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dev.processes import Processes, ProcessFailedError, accepts_connections, free_ports

PROJECT = Path(__file__).resolve().parents[3]
# A parent that prints the id of its child; both sleep, and the parent does not react to SIGTERM.
STUBBORN = (
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, 'ready', flush=True);"
    "time.sleep(60)"
)


def is_alive(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_dead(process_id: int) -> None:
    give_up_at = time.monotonic() + 10
    while is_alive(process_id):
        assert time.monotonic() < give_up_at, f"{process_id} is still there"
        time.sleep(0.02)


class TestProcesses:
    def test_ends_a_process_and_its_children_by_force_when_it_has_to(self, tmp_path: Path) -> None:
        with Processes(tmp_path, seconds_to_stop=0.2) as processes:
            process = processes.start("stubborn", [sys.executable, "-c", STUBBORN])
            process.wait_until(lambda: process.has_logged("ready"), seconds=10)
            child = int(process.log.read_text().split()[0])

        assert not process.is_running()
        wait_until_dead(child)

    def test_ends_them_when_the_block_fails(self, tmp_path: Path) -> None:
        processes = Processes(tmp_path)
        started = []

        def fail() -> None:
            with processes:
                started.append(processes.start("sleep", ["sleep", "60"]))
                raise ValueError("on purpose")

        with pytest.raises(ValueError, match="on purpose"):
            fail()

        assert not started[0].is_running()

    def test_ends_them_on_sigterm(self, tmp_path: Path) -> None:
        script = (
            "import sys, time\nfrom pathlib import Path\nfrom dev.processes import Processes\n"
            "with Processes(Path(sys.argv[1])) as processes:\n"
            "    print(processes.start('sleep', ['sleep', '60']).pid, flush=True)\n    time.sleep(60)\n"
        )
        command = [sys.executable, "-c", script, str(tmp_path)]
        with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as starter:
            assert starter.stdout is not None
            started = int(starter.stdout.readline())
            assert is_alive(started)

            os.kill(starter.pid, signal.SIGTERM)

            assert starter.wait(timeout=20) == 128 + signal.SIGTERM
        wait_until_dead(started)

    def test_says_what_a_process_wrote_that_ended_too_early(self, tmp_path: Path) -> None:
        with Processes(tmp_path) as processes:
            process = processes.start("broken", [sys.executable, "-c", "raise SystemExit('no such setting')"])

            with pytest.raises(ProcessFailedError, match="no such setting"):
                process.wait_until(lambda: False, seconds=10)

    def test_gives_up_on_a_process_that_is_never_ready(self, tmp_path: Path) -> None:
        with Processes(tmp_path) as processes:
            process = processes.start("sleep", ["sleep", "60"])

            with pytest.raises(ProcessFailedError, match="not ready"):
                process.wait_until(lambda: False, seconds=0.1)


class TestFreePorts:
    def test_returns_different_ports_on_which_nothing_listens(self) -> None:
        ports = free_ports(3)

        assert len(set(ports)) == 3
        assert not any(accepts_connections(port) for port in ports)
