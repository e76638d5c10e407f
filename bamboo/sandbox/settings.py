"""Everything about the imitation that can be switched, at start or while it runs."""

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self, get_type_hints


class Mode(StrEnum):
    """Which of the two worlds a pair of credentials, an account or an order belongs to."""

    LIVE = "live"
    SANDBOX = "sandbox"


class ErrorStyle(StrEnum):
    """How a refusal is written; the supplier is known or believed to use each of these."""

    CODE = "code"
    REASON = "reason"
    SENTENCE = "sentence"
    PROBLEM = "problem"


class UnknownOrder(StrEnum):
    """What a read of an order that is not there is answered; nobody knows which of these the supplier uses."""

    REFUSAL = "refusal"
    NO_CONTENT = "no_content"
    EMPTY = "empty"
    NULL = "null"
    OBJECT = "object"
    LIST = "list"
    TEXT = "text"
    ZEROS = "zeros"
    GONE = "gone"
    EMPTY_REFUSAL = "empty_refusal"
    TITLE = "title"
    SENTENCE = "sentence"
    UNREADABLE = "unreadable"
    SERVER_ERROR = "server_error"


class CardIds(StrEnum):
    """What the cards of an order have for ids."""

    OWN = "own"
    NONE = "none"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """The switches, all with the contract's most likely behaviour as default. Times are in milliseconds."""

    sandbox_client_id: str = "STELLER-SANDBOX"
    sandbox_client_secret: str = "sandbox-secret"  # noqa: S105 - opens nothing but this imitation
    live_client_id: str = "STELLER-LIVE"
    live_client_secret: str = "live-secret"  # noqa: S105 - opens nothing but this imitation
    # Addresses that may call, comma-separated; empty: all.
    allowed_addresses: str = ""

    # How many times faster the limits' windows pass; 0 switches the limits off.
    limit_scale: float = 1.0
    retry_after_header: bool = False
    # The body of a 429 as plain text instead of JSON.
    too_many_as_text: bool = False
    too_many_status: int = 429

    error_style: ErrorStyle = ErrorStyle.CODE
    unknown_order: UnknownOrder = UnknownOrder.REFUSAL
    # The status of the refusal.
    unknown_order_status: int = 404
    card_ids: CardIds = CardIds.OWN
    # Orders and accounts with other casing, texts for numbers, other names and flags left out.
    untidy: bool = False
    # Look at stock and funds before looking for a duplicate RequestId.
    stock_before_duplicates: bool = False
    # The balance that accounts shows includes the part that open orders have reserved.
    balance_includes_reserved: bool = True
    # List cards that could not be bought, with empty fields.
    list_failed_cards: bool = True
    page_cap: int = 100
    # Rows of the transactions report backwards, over several clients, with as little in them as is allowed.
    report_untidy: bool = False

    created_ms: int = 0
    issue_after_ms: int = 0
    # Hand the cards over one after the other between Processing and the end, instead of all at the end.
    drip: bool = False
    # A pause before every answer, as a network has one.
    latency_ms: int = 0

    notify: bool = True
    notify_lower_case: bool = True
    notify_twice: bool = False
    notify_wrong_secret: bool = False
    svix_url: str = ""
    svix_secret: str = ""

    def changed(self, values: dict[str, Any]) -> Self:
        """Return these settings with some values changed.

        Raises:
            ValueError: a name is unknown or a value has the wrong type.

        """
        types = get_type_hints(type(self))
        unknown = set(values) - {each.name for each in fields(self)}
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        changes: dict[str, Any] = {name: _as(types[name], value, name) for name, value in values.items()}
        return replace(self, **changes)


def _as(kind: type, value: object, name: str) -> object:
    wrong = ValueError(f"{name} must be a {kind.__name__}")
    if isinstance(value, bool) != (kind is bool):
        raise wrong
    if kind is float and isinstance(value, Decimal | int):
        return float(value)
    if issubclass(kind, StrEnum):
        return kind(str(value))
    if not isinstance(value, kind):
        raise wrong
    return value
