"""Lifting what guessed passwords brought about: the lock-out of an e-mail address, whatever it was tried from."""

from axes.utils import reset


def unlock(email: str) -> int:
    """Forget the failed log-ins of an e-mail address; the answer is how many places they came from."""
    return reset(username=email.lower()) if email else 0
