"""Races are run by threads with connections of their own, against real row locks."""

import threading

import pytest
from django.db import connection

from tests.shop import Shop, Supplier


@pytest.fixture
def supplier(settings):
    settings.BAMBOO_LIMITS = {}
    return Supplier()


@pytest.fixture
def shop(committing_db, supplier):
    return Shop(supplier).open()


@pytest.fixture
def together():
    """Run functions at the same moment, each in a thread of its own; return their results in order."""

    def run(*functions):
        barrier = threading.Barrier(len(functions))
        results = [None] * len(functions)

        def call(index, function):
            try:
                barrier.wait()
                results[index] = function()
            except Exception as error:  # noqa: BLE001 - the test looks at it
                results[index] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=call, args=pair) for pair in enumerate(functions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return run
