"""Worker and beat as they start."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from celery.signals import celeryd_init

from celery_app import keep_to_itself
from steller import embedded

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def empty_database():
    embedded.start()
    server, name = embedded.database_url(), f"empty_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class TestAProcessOnADatabaseThatIsNotMigrated:
    @pytest.mark.parametrize("process", ["worker", "beat"])
    def test_refuses_to_start(self, process, empty_database):
        done = subprocess.run(
            [Path(sys.executable).parent / "celery", "-A", "celery_app", process],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": empty_database},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode != 0
        assert "run `manage.py migrate`" in done.stderr


class TestAWorker:
    def test_starts_without_looking_for_others(self):
        class Worker:
            prepare_args = None

        worker = Worker()
        celeryd_init.send(sender="test", instance=worker)

        assert callable(keep_to_itself)
        assert worker.prepare_args(queues="ticks") == {
            "queues": "ticks",
            "without_gossip": True,
            "without_mingle": True,
        }
