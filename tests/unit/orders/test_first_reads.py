"""The wait before a first read: short where the supplier is quick, never tried too early again and again."""

from orders.services.first_reads import LONGEST_SECONDS, SHORTEST_SECONDS, Wait


def misses_and_wait(*, ready_after: float, orders: int) -> tuple[int, float]:
    """Return how many first reads of so many orders came too early, and the wait at the end."""
    wait, misses = Wait(), 0
    for _order in range(orders):
        was_final = wait.seconds >= ready_after
        misses += not was_final
        wait.learn(was_final=was_final)
    return misses, wait.seconds


def test_a_supplier_that_delivers_at_once_is_read_almost_at_once():
    assert misses_and_wait(ready_after=0.0, orders=10) == (0, SHORTEST_SECONDS)


def test_a_supplier_that_takes_a_moment_is_seldom_read_too_early():
    misses, wait = misses_and_wait(ready_after=0.35, orders=1000)
    assert misses <= 50
    assert 0.2 <= wait <= 0.8


def test_a_slow_supplier_is_not_waited_for_any_longer():
    assert misses_and_wait(ready_after=30.0, orders=100)[1] == LONGEST_SECONDS


def test_a_supplier_that_becomes_quick_again_is_followed():
    wait = Wait(seconds=LONGEST_SECONDS, patience=20)
    for _order in range(60):
        wait.learn(was_final=True)
    assert wait.seconds == SHORTEST_SECONDS
