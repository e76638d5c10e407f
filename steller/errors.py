"""What may go wrong for a caller: one class per cause, each with its published code and HTTP status.

A DomainError is an answer, not an accident: the service raises it before anything changed, the API turns it
into `application/problem+json` (RFC 9457). The codes are published; clients branch on them, so a code is
never renamed.
"""

from typing import ClassVar, Literal

type MoneyState = Literal["none", "held", "captured", "released"]


class DomainError(Exception):
    """A request that is refused for a reason which its sender can read and act on."""

    code: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request is not valid"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str,
        *,
        item: int | None = None,
        retry_after: int | None = None,
        money: MoneyState = "none",
        **extra: object,
    ) -> None:
        """Explain in `detail` what to change; `item` is the index of the offending order line."""
        super().__init__(detail)
        self.detail = detail
        self.item = item
        self.retry_after = retry_after
        self.money: MoneyState = money
        self.extra = extra


class InvalidRequestError(DomainError):
    """The request's shape is wrong: fix the named fields and send it again."""

    def __init__(self, detail: str, *, errors: object = None, item: int | None = None) -> None:
        """Name the wrong fields in `errors`, by path."""
        super().__init__(detail, item=item)
        if errors is not None:
            self.extra["errors"] = errors


class LinkInvalidError(DomainError):
    """The link of an invitation or a password reset is none of ours, too old, or was used: ask for another one."""

    code, status, title = "link_invalid", 400, "The link is not valid"


class AuthenticationFailedError(DomainError):
    """Nobody is known by these credentials."""

    code, status, title = "authentication_failed", 401, "Authentication failed"


class SecondFactorRequiredError(DomainError):
    """The password is right, and a code is needed beside it: send the same with `otp`."""

    code, status, title = "second_factor_required", 401, "A second factor is required"


class SecondFactorSetupRequiredError(DomainError):
    """The password is right, but this person has to set up a second factor first, on the log-in page."""

    code, status, title = "second_factor_setup_required", 401, "A second factor has to be set up"


class KeyRevokedError(DomainError):
    """The API key was revoked: use another one."""

    code, status, title = "key_revoked", 401, "The API key is revoked"


class KeyExpiredError(DomainError):
    """The API key's time is over: use another one."""

    code, status, title = "key_expired", 401, "The API key has expired"


class InsufficientFundsError(DomainError):
    """The wallet's available balance does not cover the order: top up, then send the same order again."""

    code, status, title, retryable = "insufficient_funds", 402, "The wallet does not cover the order", True


class PermissionDeniedError(DomainError):
    """The caller is known but may not do this."""

    code, status, title = "permission_denied", 403, "Not permitted"


class PartnerSuspendedError(DomainError):
    """The partner is suspended: no orders and no reveals until staff lift it."""

    code, status, title = "partner_suspended", 403, "The partner is suspended"


class IpNotAllowedError(DomainError):
    """The API key is not taken from this address: call from a network on its list, or change the list."""

    code, status, title = "ip_not_allowed", 403, "Not from this address"


class NotFoundError(DomainError):
    """No such thing, or it belongs to somebody else: the answer is the same on purpose."""

    code, status, title = "not_found", 404, "Not found"


class PartnerNotClosableError(DomainError):
    """The partner has money with us or an open order: settle both first. Met by staff who remove partners."""

    code, status, title = "partner_not_closable", 409, "The partner cannot be removed yet"


class NotCancellableError(DomainError):
    """No part of the order can be cancelled any more."""

    code, status, title = "not_cancellable", 409, "The order cannot be cancelled"


class StateConflictError(DomainError):
    """What this decides about is not, or no longer, in the state for it: read it again and decide anew."""

    code, status, title = "state_conflict", 409, "Its state does not allow this"


class RequestInProgressError(DomainError):
    """The same request is being handled right now: repeat it in a moment to get its answer."""

    code, status, title, retryable = "request_in_progress", 409, "The same request is in progress", True


class RequestIdReusedError(DomainError):
    """The request id was used with another body: choose a fresh one for a new order."""

    code, status, title = "request_id_reused", 422, "The request id was used for another order"


class ProductUnknownError(DomainError):
    """The partner's catalog has no such product."""

    code, status, title = "product_unknown", 422, "Unknown product"


class ProductWithdrawnError(DomainError):
    """The supplier no longer offers this product."""

    code, status, title = "product_withdrawn", 422, "The product is withdrawn"


class OutOfStockError(DomainError):
    """The supplier has fewer cards than asked for: try again later or order fewer."""

    code, status, title, retryable = "out_of_stock", 422, "Out of stock", True


class FaceValueOutOfRangeError(DomainError):
    """The product is not sold at this face value."""

    code, status, title = "face_value_out_of_range", 422, "Face value out of range"


class QuantityInvalidError(DomainError):
    """A line takes 1 to 500 cards."""

    code, status, title = "quantity_invalid", 422, "Invalid quantity"


class CurrencyMismatchError(DomainError):
    """The partner has no wallet for this currency, or the named wallet holds another one."""

    code, status, title = "currency_mismatch", 422, "No wallet in this currency"


class PriceExceededError(DomainError):
    """The order costs more than `expected_total`: read the new price and decide again."""

    code, status, title = "price_exceeded", 422, "The price is above the expected total"


class PriceUnavailableError(DomainError):
    """There is no price for this product and partner: ask staff."""

    code, status, title = "price_unavailable", 422, "No price for this product"


class RateStaleError(DomainError):
    """The exchange rate is too old to price with: try again after the next rate update."""

    code, status, title, retryable = "rate_stale", 422, "The exchange rate is too old", True


class OrderTooLargeError(DomainError):
    """An order takes at most 100 lines and 5,000 cards: split it."""

    code, status, title = "order_too_large", 422, "The order is too large"


class RateLimitedError(DomainError):
    """Too many requests: wait as long as Retry-After says."""

    code, status, title, retryable = "rate_limited", 429, "Too many requests", True


class BacklogFullError(DomainError):
    """So many of the partner's cards wait for the supplier that no new order is taken: send it again when fewer do."""

    code, status, title, retryable = "backlog_full", 429, "Too many cards are waiting", True


class UnavailableError(DomainError):
    """Something that we need is away for a moment: repeat the same request later."""

    code, status, title, retryable = "unavailable", 503, "Temporarily unavailable", True
