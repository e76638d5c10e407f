"""The clocks of buying, which follow from the lease of a purchase."""

from dataclasses import dataclass
from math import inf

from django.core.exceptions import ImproperlyConfigured

_SHORTEST_LEASE = 3.0


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds that must fit each other: lease > task limit > slot wait + checkout, whatever is configured.

    A shorter lease shortens the others in proportion, so that no worker can ever be inside a call when its
    lease has run out (`docs/architecture.md`, Clocks).
    """

    lease: float
    grace: float
    task_limit: float
    checkout: float
    connect: float
    read: float

    @classmethod
    def derived(cls, *, lease: float, grace: float) -> "Clocks":
        """Fit the clocks to a lease and a grace.

        Raises:
            ImproperlyConfigured: the lease is too short to make a call in.

        """
        if not (_SHORTEST_LEASE <= lease < inf and 0 <= grace < inf):
            raise ImproperlyConfigured("PURCHASE_LEASE_SECONDS must be at least 3, PURCHASE_GRACE_SECONDS 0")
        return cls(
            lease=lease,
            grace=grace,
            task_limit=min(40.0, lease * 2 / 3),
            checkout=min(20.0, lease / 3),
            connect=min(3.0, lease / 6),
            read=min(10.0, lease / 3),
        )
