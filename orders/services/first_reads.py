"""How long to wait before a purchase that was just placed is read for the first time.

The supplier issues some orders at once and others after a while, and nobody says which (the contract's section 4 knows
both). Too early costs one of 120 reads a minute and the wait until the next look; too late lets every partner wait. So
each process learns: a first read that comes too early doubles the wait and is not tried again for a good while, one
that finds the cards makes it a little shorter.
"""

from dataclasses import dataclass

SHORTEST_SECONDS = 0.05
LONGEST_SECONDS = 2.0
# A round sleeps through a wait no longer than this, else few workers would be left to buy: the tick reads then.
LONGEST_SLEEP_SECONDS = 0.8
_AT_FIRST_SECONDS = 0.1
_LONGER = 2.0
_SHORTER = 0.8
# So many first reads in a row must find the cards before a wait that was too short is tried again.
_PATIENCE = 20


@dataclass
class Wait:
    """The wait of one pair of credentials."""

    seconds: float = _AT_FIRST_SECONDS
    patience: int = 0

    def learn(self, *, was_final: bool) -> None:
        """Take in whether a first read found its order final."""
        if not was_final:
            self.seconds = min(self.seconds * _LONGER, LONGEST_SECONDS)
            self.patience = _PATIENCE
        elif self.patience:
            self.patience -= 1
        else:
            self.seconds = max(self.seconds * _SHORTER, SHORTEST_SECONDS)


# By mode. Two threads that learn at once lose a lesson at most.
_waits: dict[str, Wait] = {}


def wait_of(mode: str) -> Wait:
    """Return what this process has learned of a mode's supplier."""
    return _waits.setdefault(mode, Wait())
