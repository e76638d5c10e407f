"""What a partner is told: its events, where they are sent, and what it wants to be mailed of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from partners.models import (
    Event,
    NotificationKind,
    NotificationPreference,
    Partner,
    User,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookReplay,
)
from steller.errors import NotFoundError


def event_list(*, partner_id: int, mode: str, after: int) -> QuerySet[Event]:
    """Return what a partner may read of its events: those with a number greater than `after`, in order."""
    return Event.objects.filter(partner=partner_id, mode=mode, number__gt=after).order_by("number")


def last_number(*, partner_id: int, mode: str) -> int:
    """Return the number of the partner's newest event, 0 before the first."""
    newest = Event.objects.filter(partner=partner_id, mode=mode, number__isnull=False).order_by("-number")
    return newest.values_list("number", flat=True).first() or 0


def events_until(*, partner_id: int, mode: str, until: int | None = None, kind: str = "") -> QuerySet[Event]:
    """Return a partner's events for people, the newest first: up to a number, of one kind, if these are given."""
    found = Event.objects.filter(partner=partner_id, mode=mode, number__isnull=False)
    if until is not None:
        found = found.filter(number__lte=until)
    return (found.filter(kind=kind) if kind else found).order_by("-number")


def last_number_before(moment: datetime, *, partner_id: int, mode: str) -> int:
    """Return the number of the newest event that is older than a moment, 0 if all are younger.

    It walks from the newest back, so it costs as much as there are younger ones.
    """
    older = events_until(partner_id=partner_id, mode=mode).filter(created_at__lt=moment)
    return older.values_list("number", flat=True).first() or 0


def event_body(event: Event) -> dict[str, object]:
    """Write an event as partners see it, in lists and in webhooks alike."""
    return {
        "id": str(event.public_id),
        "number": event.number,
        "type": event.kind,
        "created_at": event.created_at.isoformat().replace("+00:00", "Z"),
        "data": event.body,
    }


def endpoints_of(*, partner_id: int, mode: str) -> QuerySet[WebhookEndpoint]:
    """Return a partner's webhook endpoints that are not deleted."""
    return WebhookEndpoint.objects.filter(partner=partner_id, mode=mode, deleted_at__isnull=True)


def endpoint_of(endpoint_id: UUID, *, partner_id: int, mode: str) -> WebhookEndpoint:
    """Return one of them.

    Raises:
        NotFoundError: the partner has no such endpoint.

    """
    endpoint = endpoints_of(partner_id=partner_id, mode=mode).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFoundError("No such webhook endpoint.")
    return endpoint


def subscribers(kind: str) -> list[tuple[int, str]]:
    """Return the partners, each with a mode, of whose endpoints one takes events of this kind. One query."""
    taking = WebhookEndpoint.objects.filter(
        Q(kinds=[]) | Q(kinds__contains=[kind]), deleted_at__isnull=True, partner__deleted_at__isnull=True
    )
    return sorted(set(taking.order_by().values_list("partner_id", "mode")))


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """Return the tries to send to an endpoint, with their events (one query)."""
    return WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event")


def replays_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookReplay]:
    """Return what is still to be sent to an endpoint once more, in order."""
    return WebhookReplay.objects.filter(endpoint=endpoint, done_at__isnull=True).order_by("pk")


NOTIFICATION_DEFAULTS = {kind: kind != NotificationKind.API_ORDER_RESULT for kind in NotificationKind}


@dataclass(frozen=True, slots=True)
class Preference:
    """What a partner wants to be mailed of one kind, and where; no addresses means its own."""

    kind: NotificationKind
    enabled: bool
    addresses: tuple[str, ...] = ()


def preferences_of(partner_id: int) -> list[Preference]:
    """Return a partner's choice for each kind of e-mail, the default where it made none. One query."""
    rows = {row.kind: row for row in NotificationPreference.objects.filter(partner=partner_id)}
    return [
        Preference(kind, rows[kind].enabled, tuple(rows[kind].addresses)) if kind in rows else Preference(kind, default)
        for kind, default in NOTIFICATION_DEFAULTS.items()
    ]


def wanted_kinds(partner_ids: Collection[int]) -> set[tuple[int, NotificationKind]]:
    """Return which of the partners want which kinds. One query."""
    rows = NotificationPreference.objects.filter(partner__in=partner_ids)
    chosen = {(row.partner_id, NotificationKind(row.kind)): row.enabled for row in rows}
    pairs = [(partner_id, kind) for partner_id in partner_ids for kind in NotificationKind]
    return {pair for pair in pairs if chosen.get(pair, NOTIFICATION_DEFAULTS[pair[1]])}


def recipients(*, partner_id: int, kind: NotificationKind, person: str = "") -> tuple[str, ...]:
    """Return where an e-mail of this kind goes, nowhere if the partner does not want it."""
    preference = next(each for each in preferences_of(partner_id) if each.kind == kind)
    if not preference.enabled or preference.addresses:
        return preference.addresses if preference.enabled else ()
    own = Partner.objects.filter(pk=partner_id, deleted_at__isnull=True).values_list("email", flat=True)
    name, _, number = person.partition(":")
    if name == "user" and number.isdigit():
        people = User.objects.filter(pk=int(number), partner=partner_id, is_active=True, deleted_at__isnull=True)
        return tuple(people.values_list("email", flat=True)) or tuple(own)
    return tuple(own)
