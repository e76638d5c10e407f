"""Sending what `queue_email` wrote: taken with a lease, sent without a transaction, then recorded and forgotten.

A process that dies between sending and recording leaves the message to the next one, which sends it again under the
same Message-ID.
"""

import json
import smtplib
import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django_subatomic.db import durable

from partners.models import Email
from steller import database
from steller.encryption import DecryptionError, card_keys

# Until then nobody else takes a message that is being sent.
LEASE = timedelta(minutes=5)
# Seconds until the next try; after the last one the message has failed. About two days in all.
PAUSES = (30, 120, 600, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
RUN_SECONDS = 20.0
_REFUSED_FOR_GOOD = 500
_LONGEST_ERROR = 200

_TAKE = """
UPDATE partners_email SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + %s * interval '1 second'
WHERE id = (SELECT id FROM partners_email WHERE status = 'queued' AND next_attempt_at <= clock_timestamp()
            ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_log = structlog.get_logger(__name__)


@durable
def send_emails(*, seconds: float = RUN_SECONDS) -> int:
    """Send what is due for a while, unless another process does; the answer is how many messages were tried."""
    until, count = time.monotonic() + seconds, 0
    with database.alone("partners.send_emails") as free:
        while free and time.monotonic() < until and (email := _take()) is not None:
            _send(email)
            count += 1
    return count


def _take() -> Email | None:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [LEASE.total_seconds()])
        row = cursor.fetchone()
    return None if row is None else Email.objects.get(pk=row[0])


def _send(email: Email) -> None:
    try:
        _message(email).send()
    except (OSError, smtplib.SMTPException, DecryptionError, ValueError) as error:
        _record_failure(email, error)
        return
    _finish(email, Email.Status.SENT)


def _message(email: Email) -> EmailMultiAlternatives:
    content = json.loads(card_keys().decrypt(email.content, place=email.place))
    host = settings.EMAIL_FROM.rpartition("@")[2].strip("> ") or "localhost"
    message = EmailMultiAlternatives(
        subject=email.subject,
        body=content["txt"],
        from_email=settings.EMAIL_FROM,
        to=[email.to],
        headers={"Message-ID": f"<{email.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(content["html"], "text/html")
    return message


def _record_failure(email: Email, error: Exception) -> None:
    # The name and the server's number, never its text: that may quote the message.
    number = getattr(error, "smtp_code", "")
    reason = f"{type(error).__name__} {number}".strip()[:_LONGEST_ERROR]
    _log.warning("email_not_sent", email_id=str(email.pk), kind=email.kind, error=reason, attempts=email.attempts)
    if _is_final(error) or email.attempts > len(PAUSES):
        _finish(email, Email.Status.FAILED, error=reason)
        return
    pause = timedelta(seconds=PAUSES[email.attempts - 1])
    Email.objects.filter(pk=email.pk, attempts=email.attempts, status=Email.Status.QUEUED).update(
        next_attempt_at=database.now() + pause, error=reason
    )


def _is_final(error: Exception) -> bool:
    """Tell whether the server will never take it, or we can never write it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(number >= _REFUSED_FOR_GOOD for number, _ in error.recipients.values())
    return isinstance(error, DecryptionError | ValueError)


def _finish(email: Email, status: Email.Status, *, error: str = "") -> None:
    """Close a message and erase what it said."""
    sent_at = database.now() if status == Email.Status.SENT else None
    Email.objects.filter(pk=email.pk).update(status=status, sent_at=sent_at, error=error, content="")
