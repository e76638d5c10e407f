"""Sending events to partners' endpoints: each in order of its partner's sequence, one at a time, until it is taken.

The state is the endpoint's row: where it stands in the sequence, when something is due, who holds it until when. A
process takes a lease, sends without a transaction, and records what came of it; the place in the sequence moves on
2xx only, under the lease. Whoever dies in between has the same event sent again, under the same id.

Calls run in threads that know no database; everything else happens in the caller's own thread.
"""

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django_subatomic.db import durable

from partners.services import turns
from partners.services.turns import Turn
from steller import database, outbound
from steller.outbound import Outcome

# Calls under way at once, and of one partner: slow receivers of one leave most of the room to others.
IN_FLIGHT = 8
IN_FLIGHT_OF_PARTNER = 2
# An endpoint gives its place to the next one that waits after so long.
TURN_SECONDS = 3.0
RUN_SECONDS = 20.0
# How soon an endpoint that becomes due meanwhile is seen, while others are slow.
_LOOK_SECONDS = 0.25


@durable
def deliver_due(*, seconds: float = RUN_SECONDS) -> int:
    """Send what is due for a while, unless another process does; the answer is how many calls were made."""
    with database.alone("partners.deliver") as free:
        if not free:
            return 0
        with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="webhooks") as pool:
            return _Run(pool, until=time.monotonic() + seconds).work()


class _Run:
    """One run: the calls under way, each with the turn that it belongs to."""

    def __init__(self, pool: ThreadPoolExecutor, *, until: float) -> None:
        self._pool = pool
        self._until = until
        self._calls: dict[Future[Outcome], Turn] = {}
        self._count = 0

    def work(self) -> int:
        """Send until nothing is due or the time is over; calls under way are waited for."""
        while True:
            self._fill()
            if not self._calls:
                return self._count
            done, _ = wait(self._calls, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for call in done:
                self._conclude(self._calls.pop(call), call.result())

    def _fill(self) -> None:
        while len(self._calls) < IN_FLIGHT and time.monotonic() < self._until:
            turn = turns.take(busy_partners=self._busy_partners(), seconds=TURN_SECONDS)
            if turn is None:
                return
            self._go_on(turn)

    def _busy_partners(self) -> list[int]:
        partners = [turn.partner_id for turn in self._calls.values()]
        return [partner for partner in set(partners) if partners.count(partner) >= IN_FLIGHT_OF_PARTNER]

    def _conclude(self, turn: Turn, outcome: Outcome) -> None:
        if turns.record(turn, outcome):
            self._go_on(turn)

    def _go_on(self, turn: Turn) -> None:
        """Send the turn's next message, or give its endpoint back."""
        if time.monotonic() >= min(turn.until, self._until):
            turns.give_back(turn, more=True)
            return
        post = turns.next_post(turn)
        if post is None:
            turns.give_back(turn, more=False)
            return
        self._count += 1
        self._calls[self._pool.submit(outbound.post, post)] = turn
