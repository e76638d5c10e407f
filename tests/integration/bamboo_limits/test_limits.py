"""The limiter against PostgreSQL: slots keep their distance whoever books, and the breakers open and close."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django_subatomic.db import transaction

from bamboo import limits
from bamboo.errors import RateLimited
from bamboo.models import Limiter
from steller.configuration import Limit, parse_limits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _documented_limits(settings: Any) -> None:
    settings.BAMBOO_LIMITS = parse_limits("")


@pytest.fixture
def rows_exist() -> Iterator[None]:
    for key in ("checkout", "catalog"):
        Limiter.objects.create(key=key, next_at=timezone.now())
    yield
    Limiter.objects.all().delete()


def book(key: str = "checkout", max_wait: float = 0.55, **options: Any) -> limits.Slot | None:
    return limits.book(key, max_wait=max_wait, **options)


class TestBook:
    def test_the_first_goes_at_once_the_second_a_spacing_later_the_third_not_at_all(self) -> None:
        first, second, third = book(), book(), book()

        assert first is not None
        assert second is not None
        assert first.wait == 0
        assert second.due - first.due == pytest.approx(0.55, abs=0.02)
        assert third is None

    def test_time_that_nobody_used_is_not_saved_up(self) -> None:
        book()
        Limiter.objects.update(next_at=timezone.now() - timedelta(hours=1))

        waits = [slot.wait for slot in (book(), book()) if slot is not None]

        assert waits == [0, pytest.approx(0.55, abs=0.02)]

    def test_modes_and_endpoints_do_not_disturb_each_other(self) -> None:
        slots = [book(), book("order"), book(mode="test")]

        assert [slot and slot.wait for slot in slots] == [0, 0, 0]

    def test_one_statement_books(self, django_assert_num_queries: Any) -> None:
        book()
        with django_assert_num_queries(1):
            book()

    def test_lifted_limits_need_no_statement(self, settings: Any, django_assert_num_queries: Any) -> None:
        settings.BAMBOO_LIMITS = {}

        with django_assert_num_queries(0):
            slots = [book() for _ in range(3)]
            limits.push_back("checkout", seconds=10)

        assert [slot and slot.wait for slot in slots] == [0, 0, 0]
        assert limits.product_limit() is None

    def test_never_inside_a_transaction(self) -> None:
        with transaction(), pytest.raises(RuntimeError, match="inside a transaction"):
            book()

    def test_product_is_not_a_key_of_this_limiter_but_its_limit_is_known(self) -> None:
        assert limits.product_limit() == Limit(6, 60)


class TestBookWideLimit:
    def test_as_many_as_allowed_go_at_once_then_none_for_a_period(self) -> None:
        waits = [slot and slot.wait for slot in (book("catalog"), book("catalog"), book("catalog"))]

        assert waits == [0, 0, None]
        late = book("catalog", max_wait=3700)
        assert late is not None
        assert late.wait == pytest.approx(3605, abs=1)

    def test_the_window_slides(self) -> None:
        now = time.time()
        book("catalog")
        Limiter.objects.update(sent=[now - 3500, now - 10], next_at=timezone.now())

        first, second = book("catalog", max_wait=200), book("catalog", max_wait=4000)

        assert first is not None
        assert second is not None
        assert first.wait == pytest.approx(105, abs=1)
        assert second.wait == pytest.approx(3595, abs=1)
        assert len(Limiter.objects.get(key="catalog").sent) == 2

    def test_old_sends_do_not_count(self) -> None:
        book("catalog")
        Limiter.objects.update(sent=[time.time() - 9000, time.time() - 3700])

        assert book("catalog") is not None

    def test_no_window_ever_holds_more_than_the_limit(self, settings: Any) -> None:
        settings.BAMBOO_LIMITS = {"transactions": Limit(4, 3600)}
        slots = [limits.book("transactions", max_wait=1e6) for _ in range(13)]
        dues = [slot.due for slot in slots if slot is not None]

        assert len(dues) == 13
        assert all(later - earlier > 3600 for earlier, later in zip(dues, dues[4:], strict=False))


class TestPushBack:
    def wait(self, key: str = "checkout") -> float:
        slot = limits.book(key, max_wait=10_000)
        assert slot is not None
        return slot.wait

    @pytest.mark.parametrize(
        ("key", "told", "waits"),
        [
            ("checkout", 7.0, 7),
            ("checkout", 0.0, 1),
            ("checkout", 99999.0, 60),
            ("checkout", None, 1.65),
            ("catalog_v2", None, 9.9),
            ("catalog", 3406.0, 3406),
            ("catalog", None, 600),
        ],
    )
    def test_moves_the_next_slot(self, key: str, told: float | None, waits: float) -> None:
        limits.push_back(key, seconds=told)

        assert self.wait(key) == pytest.approx(waits, abs=0.1)

    def test_never_brings_it_closer(self) -> None:
        limits.push_back("checkout", seconds=30)
        limits.push_back("checkout", seconds=2)

        assert self.wait() == pytest.approx(30, abs=0.1)


class TestCall:
    def test_waits_for_its_turn(self, settings: Any) -> None:
        settings.BAMBOO_LIMITS = {"other": Limit(10, 1)}
        started = time.monotonic()
        for _ in range(3):
            with limits.call("other"):
                pass

        assert time.monotonic() - started >= 0.22

    def test_a_429_holds_everybody_back_and_is_passed_on(self) -> None:
        with pytest.raises(RateLimited), limits.call("other"):
            raise RateLimited(retry_after=12)

        assert book("other", max_wait=5) is None

    def test_no_slot_in_time_is_an_error_and_moves_nothing(self) -> None:
        limits.push_back("other", seconds=20)
        before = Limiter.objects.get(key="other").next_at

        with pytest.raises(RateLimited, match="no_slot"), limits.call("other", max_wait=1):
            pytest.fail("there was no slot")

        assert Limiter.objects.get(key="other").next_at == before


class TestSlot:
    def test_sleeps_until_it_is_due_and_tells_how_late_it_is(self) -> None:
        slot = limits.Slot(0.05, time.monotonic() + 0.05)
        assert slot.late() == 0

        slot.sleep(lead=0.02)
        assert slot.late() == 0
        slot.sleep()

        assert 0 <= slot.late() < 0.04


class TestBreakers:
    def test_a_blocked_endpoint_gives_no_slots(self) -> None:
        limits.block("checkout", reason="WrongAccount")

        assert book() is None
        assert book("order") is not None
        assert book(mode="test") is not None
        assert book(probe=True) is not None
        assert limits.blocked("checkout")
        assert not limits.blocked("order")
        assert [(each.key, each.reason) for each in limits.open_breakers()] == [("checkout", "WrongAccount")]

    def test_blocking_twice_is_blocking_once(self) -> None:
        assert limits.block("checkout", reason="http_401")
        until = Limiter.objects.get(key="checkout").blocked_until

        assert not limits.block("checkout", reason="http_403")
        assert Limiter.objects.get(key="checkout").blocked_until == until

    def test_unblocking_opens_everything_again(self) -> None:
        limits.block("checkout", reason="http_401")
        limits.block("order", reason="http_401")
        limits.block("order", mode="test", reason="http_401")

        assert limits.unblock("live", "order") == 1
        assert limits.unblock("live") == 1
        assert limits.unblock("live") == 0
        assert book() is not None
        assert limits.blocked("order", mode="test")

    def test_a_probe_is_due_once_after_30_seconds_then_ever_more_rarely(self) -> None:
        limits.block("checkout", reason="http_401")
        assert not limits.due_probe()

        pauses = []
        for _ in range(5):
            until = Limiter.objects.get(key="checkout").blocked_until
            assert until is not None
            pauses.append(round((until - timezone.now()).total_seconds()))
            Limiter.objects.update(blocked_until=F("blocked_until") - timedelta(seconds=301))
            assert book() is None
            assert limits.due_probe()
            assert not limits.due_probe()

        assert pauses == [30, 60, 120, 240, 300]

    def test_the_checkout_s_breaker_remembers_until_a_checkout_is_taken(self) -> None:
        def pause_of_a_block() -> int:
            assert limits.block("checkout", reason="WrongAccount")
            until = Limiter.objects.get(key="checkout").blocked_until
            assert until is not None
            limits.unblock()
            return round((until - timezone.now()).total_seconds())

        assert [pause_of_a_block() for _ in range(5)] == [30, 60, 120, 240, 300]
        limits.forget_blocks("checkout")
        assert pause_of_a_block() == 30

    def test_no_breaker_no_probe(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            assert not limits.due_probe()


class TestATurn:
    def test_comes_to_one_caller_each_so_many_seconds(self) -> None:
        assert [limits.take_turn("accounts", every=60) for _ in range(3)] == [True, False, False]

        Limiter.objects.filter(key="accounts").update(next_at=F("next_at") - timedelta(seconds=61))

        assert limits.take_turn("accounts", every=60)

    def test_that_led_to_nothing_comes_again_sooner(self) -> None:
        limits.take_turn("accounts", every=60)
        limits.put_off("accounts", seconds=10)

        Limiter.objects.filter(key="accounts").update(next_at=F("next_at") - timedelta(seconds=11))

        assert limits.take_turn("accounts", every=60)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("rows_exist")
class TestManyAtOnce:
    def run(self, work: Any, threads: int = 5) -> list[Any]:
        results: list[Any] = []
        start = threading.Barrier(threads)

        def body() -> None:
            try:
                start.wait()
                results.extend(work())
            finally:
                connection.close()

        running = [threading.Thread(target=body) for _ in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        return results

    def test_no_two_slots_are_closer_than_the_spacing(self, settings: Any) -> None:
        settings.BAMBOO_LIMITS = {"checkout": Limit(20, 1)}
        spacing = settings.BAMBOO_LIMITS["checkout"].spacing

        def work() -> list[tuple[float, float]]:
            booked = []
            for _ in range(40):
                asked_at = time.monotonic()
                slot = limits.book("checkout", max_wait=60)
                assert slot is not None
                booked.append((asked_at + slot.wait, slot.due))
            return booked

        booked = self.run(work)

        # A slot's own time lies between these two, since an answer takes a moment to arrive.
        first = min(earliest for earliest, _ in booked)
        dues = sorted(due for _, due in booked)
        assert len(dues) == 200
        assert [due for place, due in enumerate(dues) if due < first + place * spacing - 0.001] == []
        assert (dues[-1] - first) / 199 == pytest.approx(spacing, rel=0.1)

    def test_sends_keep_the_supplier_s_limit(self, settings: Any) -> None:
        settings.BAMBOO_LIMITS = {"checkout": Limit(10, 1)}
        give_up = time.monotonic() + 3

        def work() -> list[float]:
            sent = []
            while time.monotonic() < give_up:
                slot = limits.book("checkout", max_wait=0.11)
                if slot is None:
                    time.sleep(0.02)
                    continue
                slot.sleep()
                sent.append(time.monotonic())
            return sent

        sent = sorted(self.run(work))

        assert len(sent) >= 20
        assert max(sum(1 for other in sent if 0 <= other - one < 1) for one in sent) <= 10

    def test_only_one_is_waiting(self) -> None:
        slots = self.run(lambda: [book()], threads=8)

        assert sorted(slot.wait for slot in slots if slot) == [0, pytest.approx(0.55, abs=0.1)]

    def test_a_wide_limit_holds(self) -> None:
        slots = self.run(lambda: [book("catalog") for _ in range(3)], threads=6)

        assert sum(slot is not None for slot in slots) == 2
