"""The reason that a person gives for a deed: it is kept for ever, so it must be there and fit."""

from steller.errors import InvalidRequestError

LONGEST_REASON = 300


def checked(reason: str) -> str:
    """Return the reason without needless blanks.

    Raises:
        InvalidRequestError: there is none, or too much of it.

    """
    text = " ".join(reason.split())
    if not text or len(text) > LONGEST_REASON:
        wrong = [f"Say why, in 1 to {LONGEST_REASON} characters."]
        raise InvalidRequestError("Give a reason; it is kept in the audit log.", errors={"reason": wrong})
    return text
