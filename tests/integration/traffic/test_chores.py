"""Chores run beside the requests of serving processes, again after a failure, and not at all in commands."""

import threading

import pytest

from steller.background import Chore

PATIENCE = 10


@pytest.fixture
def serving(settings):
    settings.PROCESS = "web"


class TestAChore:
    def test_runs_again_and_again_whatever_goes_wrong(self, serving, db):
        runs, done = [], threading.Event()

        def work() -> None:
            runs.append(threading.current_thread().name)
            if len(runs) == 1:
                raise RuntimeError("the first time fails")
            done.set()

        chore = Chore("test-chore", work, every=0.01)
        for _ in range(5):
            chore.wake()

        assert done.wait(PATIENCE)
        chore._every = 3600  # It would go on beside the other tests.
        assert set(runs) == {"test-chore"}
        assert [thread.name for thread in threading.enumerate()].count("test-chore") == 1

    def test_does_not_run_in_a_command(self, db):
        chore = Chore("no-chore", lambda: None, every=0.01)

        chore.wake()

        assert "no-chore" not in [thread.name for thread in threading.enumerate()]
