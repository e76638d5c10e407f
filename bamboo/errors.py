"""What can go wrong at the supplier, one class for each thing that the caller must do next.

No error ever carries an answer's body, a credential or card data: an error may be logged and stored as it is.
How an answer becomes one of these is in `bamboo.refusals`.

    BambooError
    ├── AlreadyPlaced      this RequestId was taken before: read the order
    ├── OrderNotFound      a read did not see the order (yet)
    ├── OrderRefused       nothing was bought: these products cannot be had like this
    ├── FloatShort         nothing was bought: our account at the supplier is too low
    ├── Misconfigured      nothing works until a person repairs credentials or accounts
    ├── OurFault           we sent what must never be sent
    ├── RateLimited        not taken: come back later
    └── OutcomeUnknown     nobody knows whether it was taken
        ├── NotSent        the connection was never made: it was not taken
        └── Unclassified   a 4xx that we cannot read
"""

from decimal import Decimal


class BambooError(Exception):
    """The supplier did not do what was asked; `code` is short, for machines, and safe to store."""

    def __init__(self, code: str, *, http_status: int | None = None) -> None:
        """Keep the machine code and, when there was an answer, its HTTP status."""
        super().__init__(code)
        self.code = code
        self.http_status = http_status

    def __str__(self) -> str:
        """Name the code and the status, nothing else."""
        return self.code if self.http_status is None else f"{self.code} (HTTP {self.http_status})"


class AlreadyPlaced(BambooError):
    """The supplier took this RequestId before. Not a failure: read the order, never buy it again."""


class OrderNotFound(BambooError):
    """The supplier shows no order of this RequestId. It may still appear: conclude nothing before the grace is over."""


class OrderRefused(BambooError):
    """The supplier will not sell these products like this, and nothing was bought. Find out which, fail or split.

    The sentence about missing stock names its product; the other refusals do not say which product they mean.
    """

    def __init__(
        self,
        code: str,
        *,
        http_status: int | None = None,
        product_name: str | None = None,
        requested: int | None = None,
        in_stock: int | None = None,
    ) -> None:
        """Keep what the refusal told about the product, if it told anything."""
        super().__init__(code, http_status=http_status)
        self.product_name = product_name
        self.requested = requested
        self.in_stock = in_stock


class FloatShort(BambooError):
    """Our account at the supplier cannot pay for this, and nothing was bought. Wait for a top-up and alert staff.

    The amounts are in the account's currency, and absent when the supplier did not tell them.
    """

    def __init__(
        self,
        code: str = "InsufficientBalance",
        *,
        http_status: int | None = None,
        balance: Decimal | None = None,
        reserved: Decimal | None = None,
        top_up: Decimal | None = None,
    ) -> None:
        """Keep the balance, its reserved part and the top-up that the supplier asks for."""
        super().__init__(code, http_status=http_status)
        self.balance = balance
        self.reserved = reserved
        self.top_up = top_up


class Misconfigured(BambooError):
    """The supplier does not accept our credentials, address or account. Stop all calls and alert: a person must act."""


class OurFault(BambooError):
    """We sent an order that must never be sent (too many cards, or none). A bug of ours: hand it to a person."""


class RateLimited(BambooError):
    """The supplier's limit was hit and the call was not taken. Hold every caller back, then ask again.

    `retry_after` is in seconds; the supplier cuts fractions off, so 0 means "less than a second".
    """

    def __init__(
        self, code: str = "http_429", *, http_status: int | None = 429, retry_after: float | None = None
    ) -> None:
        """Keep how many seconds the supplier asks us to wait, if it said so."""
        super().__init__(code, http_status=http_status)
        self.retry_after = retry_after


class OutcomeUnknown(BambooError):
    """There is no usable answer: a checkout may or may not have been taken. Read the order; never assume either."""


class NotSent(OutcomeUnknown):
    """No connection was made, so this very call cannot have reached the supplier. Safe to send again later."""


class Unclassified(OutcomeUnknown):
    """A 4xx whose reason we cannot read. Treat it as unknown; `http_status` tells which it was."""
