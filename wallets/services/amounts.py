"""What an amount and its texts must be before they may reach SQL, where they would be rounded or break a statement."""

from decimal import Decimal

from steller.errors import InvalidRequestError
from steller.money import LEDGER_PLACES, to_ledger

# numeric(18,4) has fourteen digits before the point.
_TOO_LARGE = Decimal(10) ** 14
LONGEST_REFERENCE = 64
LONGEST_REASON = 300


def check_amount(amount: Decimal) -> None:
    """Refuse what the ledger cannot hold exactly.

    Raises:
        InvalidRequestError: not a number, infinite, too large, or finer than four decimals.

    """
    if not amount.is_finite():
        raise InvalidRequestError("An amount is a finite number.")
    if abs(amount) >= _TOO_LARGE:
        raise InvalidRequestError("An amount has at most fourteen digits before its point.")
    if amount != to_ledger(amount):
        raise InvalidRequestError(f"An amount has at most {LEDGER_PLACES} decimals.")


def check_positive(amount: Decimal) -> None:
    """Refuse what the ledger cannot hold exactly, and anything that is not above zero.

    Raises:
        InvalidRequestError: see `check_amount`, or zero or less.

    """
    check_amount(amount)
    if amount <= 0:
        raise InvalidRequestError("The amount must be above zero.")


def check_texts(*, reference: str, reason: str) -> None:
    """Refuse a reference or a reason that the ledger cannot keep as it is.

    Raises:
        InvalidRequestError: an empty or long reference, a long reason, unprintable characters.

    """
    if not 0 < len(reference) <= LONGEST_REFERENCE or not reference.isprintable() or reference != reference.strip():
        raise InvalidRequestError(f"A reference is 1 to {LONGEST_REFERENCE} printable characters, trimmed.")
    check_reason(reason)


def check_reason(reason: str) -> None:
    """Refuse a reason that cannot be kept as it is; that there is one is for the caller to ask.

    Raises:
        InvalidRequestError: too long, or with unprintable characters.

    """
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise InvalidRequestError(f"A reason is at most {LONGEST_REASON} printable characters.")
