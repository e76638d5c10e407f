"""Webhook endpoints: made, changed, paused, given new secrets; and what a partner wants sent to them once more.

A secret leaves here once, and is stored encrypted and bound to its row.
"""

import base64
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django_subatomic.db import transaction, transaction_if_not_already, transaction_required

from partners import queries
from partners.models import Event, EventKind, Partner, WebhookEndpoint, WebhookReplay
from partners.services.audit import record_audit
from steller import database, outbound
from steller.encryption import DecryptionError, card_keys
from steller.errors import InvalidRequestError, NotFoundError

MOST_ENDPOINTS = 20
MOST_OPEN_REPLAYS = 10
MOST_REPLAYED_IDS = 100
LONGEST_OVERLAP = timedelta(days=7)
_SECRET_BYTES = 32
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class NewEndpoint:
    """An endpoint with a secret just made: the only moment at which that can be read."""

    endpoint: WebhookEndpoint
    secret: str


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What to change; None leaves a field as it is."""

    url: str | None = None
    description: str | None = None
    kinds: Sequence[str] | None = None
    paused: bool | None = None


def create_endpoint(
    *, partner_id: int, mode: str, url: str, actor: str, description: str = "", kinds: Sequence[str] = ()
) -> NewEndpoint:
    """Store an endpoint that gets the partner's events from now on, all kinds unless some are chosen.

    Raises:
        InvalidRequestError: an address that we do not send to, an unknown kind, or too many endpoints.

    """
    _check_url(url)
    with transaction():
        # The lock makes two requests take turns, so that both count.
        Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
        if queries.endpoints_of(partner_id=partner_id, mode=mode).count() >= MOST_ENDPOINTS:
            raise InvalidRequestError(f"A partner has at most {MOST_ENDPOINTS} webhook endpoints.")
        endpoint = WebhookEndpoint(
            partner_id=partner_id,
            mode=mode,
            url=url,
            description=description,
            kinds=_kinds(kinds),
            last_delivered=queries.last_number(partner_id=partner_id, mode=mode),
            created_by=actor,
            updated_by=actor,
        )
        secret = _new_secret()
        endpoint.secret = card_keys().encrypt(secret, place=endpoint.place("secret"))
        endpoint.save(force_insert=True)
        _audit(endpoint, "webhook.create", actor, after={"url": url, "events": endpoint.kinds})
    return NewEndpoint(endpoint, secret)


def change_endpoint(
    *, endpoint_id: uuid.UUID, partner_id: int, mode: str, change: EndpointChange, actor: str
) -> WebhookEndpoint:
    """Change an endpoint; resuming it, or giving it another address, tries what waits at once.

    Raises:
        InvalidRequestError: an address that we do not send to, or an unknown kind.
        NotFoundError: the partner has no such endpoint.

    """
    if change.url is not None:
        _check_url(change.url)
    with transaction():
        endpoint = _locked(endpoint_id, partner_id, mode)
        before = _shown(endpoint)
        moved = change.url is not None and change.url != endpoint.url
        endpoint.url = endpoint.url if change.url is None else change.url
        endpoint.description = endpoint.description if change.description is None else change.description
        endpoint.kinds = endpoint.kinds if change.kinds is None else _kinds(change.kinds)
        if change.paused and endpoint.status == WebhookEndpoint.Status.ACTIVE:
            set_paused(endpoint, by=WebhookEndpoint.PausedBy.PARTNER)
        elif change.paused is False or (moved and endpoint.status == WebhookEndpoint.Status.ACTIVE):
            set_active(endpoint)
        endpoint.updated_by = actor
        endpoint.save()
        _audit(endpoint, "webhook.change", actor, before=before, after=_shown(endpoint))
    return endpoint


def delete_endpoint(*, endpoint_id: uuid.UUID, partner_id: int, mode: str, actor: str) -> None:
    """End an endpoint and forget its secrets; what waits for it is not sent.

    Raises:
        NotFoundError: the partner has no such endpoint.

    """
    with transaction():
        endpoint = _locked(endpoint_id, partner_id, mode)
        endpoint.deleted_at = database.now()
        endpoint.due_at = endpoint.lease_token = endpoint.lease_until = None
        endpoint.secret = endpoint.previous_secret = ""
        endpoint.updated_by = actor
        endpoint.save()
        _audit(endpoint, "webhook.delete", actor, before={"url": endpoint.url})


def rotate_secret(
    *, endpoint_id: uuid.UUID, partner_id: int, mode: str, actor: str, overlap: timedelta = timedelta(hours=24)
) -> NewEndpoint:
    """Give an endpoint a new secret; until the overlap ends, messages bear the signatures of both.

    An old secret that we can no longer read is dropped: the new one is the way out of that.

    Raises:
        InvalidRequestError: an overlap of more than a week.
        NotFoundError: the partner has no such endpoint.

    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidRequestError("Both secrets sign for a week at most.")
    with transaction():
        endpoint = _locked(endpoint_id, partner_id, mode)
        secret = _new_secret()
        endpoint.previous_secret = _moved_secret(endpoint)
        endpoint.previous_secret_until = database.now() + overlap
        endpoint.secret = card_keys().encrypt(secret, place=endpoint.place("secret"))
        endpoint.updated_by = actor
        endpoint.save()
        _audit(endpoint, "webhook.rotate", actor, after={"overlap_until": endpoint.previous_secret_until.isoformat()})
    return NewEndpoint(endpoint, secret)


def request_test(*, endpoint_id: uuid.UUID, partner_id: int, mode: str, actor: str) -> uuid.UUID:
    """Have a test message sent, also while the endpoint is paused; the answer is its id in the delivery log.

    Raises:
        NotFoundError: the partner has no such endpoint.

    """
    with transaction():
        endpoint = _locked(endpoint_id, partner_id, mode)
        endpoint.test_id = endpoint.test_id or uuid.uuid4()
        endpoint.due_at = database.now()
        endpoint.updated_by = actor
        endpoint.save(update_fields=["test_id", "due_at", "updated_by", "updated_at"])
        return endpoint.test_id


def replay(
    *,
    endpoint_id: uuid.UUID,
    partner_id: int,
    mode: str,
    actor: str,
    after: int = 0,
    until: int | None = None,
    event_ids: Sequence[uuid.UUID] = (),
) -> WebhookReplay:
    """Have events sent once more, in order: those after a number up to another, or chosen ones, with their old ids.

    Raises:
        InvalidRequestError: no such events, too many ids, or too many replays that are not done.
        NotFoundError: the partner has no such endpoint.

    """
    with transaction_if_not_already():
        endpoint = _locked(endpoint_id, partner_id, mode)
        if endpoint.replays.filter(done_at__isnull=True).count() >= MOST_OPEN_REPLAYS:
            raise InvalidRequestError(f"At most {MOST_OPEN_REPLAYS} replays wait at once; let some of them end.")
        numbers = _numbers(endpoint, event_ids)
        newest = queries.last_number(partner_id=partner_id, mode=mode)
        made = WebhookReplay.objects.create(
            endpoint=endpoint,
            after=numbers[0] - 1 if numbers else max(after, 0),
            until=numbers[-1] if numbers else min(newest if until is None else until, newest),
            numbers=numbers,
            created_by=actor,
        )
        if made.until <= made.after:
            raise InvalidRequestError("There are no such events.")
        if endpoint.status == WebhookEndpoint.Status.ACTIVE:
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(due_at=database.now())
        _audit(endpoint, "webhook.replay", actor, after={"after": made.after, "until": made.until, "ids": len(numbers)})
    return made


@transaction_required
def set_paused(endpoint: WebhookEndpoint, *, by: WebhookEndpoint.PausedBy) -> None:
    """Stop sending to a locked endpoint, which the caller saves; its events wait."""
    endpoint.status, endpoint.paused_by, endpoint.paused_at = WebhookEndpoint.Status.PAUSED, by, database.now()
    endpoint.retry_at = endpoint.due_at = None


@transaction_required
def set_active(endpoint: WebhookEndpoint) -> None:
    """Send to a locked endpoint again, which the caller saves, beginning at once with what waits."""
    endpoint.status, endpoint.paused_by, endpoint.paused_at = WebhookEndpoint.Status.ACTIVE, "", None
    endpoint.failures, endpoint.failing_since, endpoint.retry_at = 0, None, None
    endpoint.due_at = database.now()


def _locked(endpoint_id: uuid.UUID, partner_id: int, mode: str) -> WebhookEndpoint:
    own = queries.endpoints_of(partner_id=partner_id, mode=mode).select_for_update(no_key=True)
    endpoint = own.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFoundError("No such webhook endpoint.")
    return endpoint


def _check_url(url: str) -> None:
    try:
        outbound.check_url(url, allow_private=settings.DEBUG or settings.WEBHOOK_ALLOW_PRIVATE)
    except outbound.ForbiddenAddressError as error:
        raise InvalidRequestError(f"We do not send there: {error}.", errors={"url": [f"{error}"]}) from error


def _kinds(kinds: Sequence[str]) -> list[str]:
    unknown = sorted(set(kinds) - set(EventKind.values))
    if unknown:
        raise InvalidRequestError(f"Unknown events: {', '.join(unknown)}.", errors={"events": unknown})
    return sorted(set(kinds))


def _numbers(endpoint: WebhookEndpoint, event_ids: Sequence[uuid.UUID]) -> list[int]:
    if len(event_ids) > MOST_REPLAYED_IDS:
        raise InvalidRequestError(f"At most {MOST_REPLAYED_IDS} ids at once; or name a range.")
    wanted = set(event_ids)
    found = Event.objects.filter(
        partner=endpoint.partner_id, mode=endpoint.mode, public_id__in=wanted, number__isnull=False
    )
    numbers = sorted(number for number in found.values_list("number", flat=True) if number is not None)
    if len(numbers) != len(wanted):
        raise InvalidRequestError("Some of these ids are no events of yours.")
    return numbers


def _moved_secret(endpoint: WebhookEndpoint) -> str:
    """Encrypt the secret for the place of the previous one."""
    try:
        old = card_keys().decrypt(endpoint.secret, place=endpoint.place("secret"))
    except DecryptionError:
        _log.exception("webhook_secret_unreadable", endpoint=str(endpoint.pk))
        return ""
    return card_keys().encrypt(old, place=endpoint.place("previous_secret"))


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _shown(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {"url": endpoint.url, "events": endpoint.kinds, "status": endpoint.status}


def _audit(endpoint: WebhookEndpoint, action: str, actor: str, *, before: object = None, after: object = None) -> None:
    record_audit(
        action=action,
        subject=f"webhook:{endpoint.pk}",
        actor=actor,
        partner_id=endpoint.partner_id,
        before=before,
        after=after,
    )
