"""The embedded PostgreSQL as a developer meets it: first start, restart, kill, two at once."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from kombu import Connection, Queue

from steller import embedded
from steller.embedded import places

PROJECT = Path(__file__).resolve().parents[3]
WATCH = "import time; from steller import embedded; embedded.watch(); time.sleep(600)"
START = "from steller import embedded; print(embedded.start())"


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new local directory that the server's account can enter; whatever runs in it ends with the test."""
    directory = Path(tempfile.mkdtemp(prefix="steller-test-")).resolve()
    directory.chmod(0o755)
    yield from _used(directory, monkeypatch)


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new local directory below one that nobody but us can enter."""
    tmp_path.chmod(0o700)
    yield from _used(tmp_path / "with a space", monkeypatch)


def _used(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("STELLER_LOCAL_DIR", str(directory))
    yield directory
    embedded.stop()
    elsewhere = (directory / "postgres").resolve().parent
    shutil.rmtree(places.socket_directory(), ignore_errors=True)
    shutil.rmtree(directory, ignore_errors=True)
    shutil.rmtree(elsewhere, ignore_errors=True)


def query(sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(embedded.database_url()) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def start_in_another_process() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", START], cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def process_id(local: Path) -> int:
    return int((local / "postgres/postmaster.pid").read_text().split()[0])


class TestStart:
    def test_makes_a_database_that_keeps_what_it_is_told(self, local: Path) -> None:
        assert embedded.start() is True
        assert embedded.start() is False

        query("CREATE TABLE kept AS SELECT 42 AS answer")
        assert embedded.stop() is True
        assert embedded.is_running() is False
        assert embedded.stop() is False
        assert embedded.start() is True

        assert query("SELECT answer FROM kept") == [(42,)]

    def test_switches_nothing_off_that_protects_data(self, local: Path) -> None:
        embedded.start()

        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert query(f"SHOW {name}") == [("on",)]
        assert query("SHOW log_parameter_max_length") == [("0",)]
        assert query("SHOW listen_addresses") == [("",)]
        assert query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]

    def test_works_where_the_account_of_the_server_may_not_enter(self, closed: Path) -> None:
        assert embedded.start() is True

        assert query("SELECT 1") == [(1,)]

    def test_starts_one_server_for_two_callers(self, local: Path) -> None:
        callers = [start_in_another_process() for _ in range(2)]

        answers = sorted(caller.communicate(timeout=60)[0].strip() for caller in callers)

        assert answers == ["False", "True"]
        assert query("SELECT 1") == [(1,)], "and it outlives both"

    def test_recovers_from_kill(self, local: Path) -> None:
        embedded.start()
        query("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(process_id(local), signal.SIGKILL)
        while embedded.is_running():
            time.sleep(0.01)

        assert embedded.start() is True

        assert query("SELECT answer FROM kept") == [(42,)]

    def test_is_started_again_by_whoever_watches_after_a_kill_alone(self, local: Path) -> None:
        embedded.start()
        watcher = subprocess.Popen([sys.executable, "-c", WATCH], cwd=PROJECT)
        try:
            killed = process_id(local)
            os.kill(killed, signal.SIGKILL)
            deadline = time.monotonic() + 60
            while not (embedded.is_running() and process_id(local) != killed):
                assert time.monotonic() < deadline
                time.sleep(0.1)

            assert embedded.stop() is True
            time.sleep(2.5)
            assert embedded.is_running() is False, "stopping is meant"
        finally:
            watcher.kill()
            watcher.wait()

    def test_is_not_held_up_by_a_process_id_that_another_program_has(self, local: Path) -> None:
        embedded.start()
        lock = local / "postgres/postmaster.pid"
        left_behind = lock.read_text().splitlines()
        embedded.stop()
        left_behind[0] = str(os.getpid())
        places.account().write(lock, "\n".join(left_behind) + "\n")

        assert embedded.start() is True

    def test_refuses_a_socket_directory_of_somebody_else(self, local: Path) -> None:
        places.socket_directory().mkdir(mode=0o777)
        places.socket_directory().chmod(0o777)

        with pytest.raises(embedded.EmbeddedPostgresError, match="not a private directory"):
            embedded.start()


class TestBroker:
    def test_carries_a_message(self, local: Path) -> None:
        embedded.start()
        url = embedded.database_url()
        assert embedded.install_broker(url) is False, "start has installed it"

        queue = Queue("order-created", routing_key="order-created")
        with Connection(embedded.broker_url(url), transport_options=embedded.broker_transport_options(url)) as broker:
            broker.Producer().publish({"order_id": "1"}, routing_key="order-created", declare=[queue])
            message = queue(broker.default_channel).get()

            assert message is not None
            assert message.payload == {"order_id": "1"}
            message.ack()
