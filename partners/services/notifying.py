"""E-mails that tell a partner of something, as far as it wants them, to the addresses that it chose."""

from collections.abc import Mapping, Sequence

import structlog
from django_subatomic.db import savepoint, transaction, transaction_required

from partners import queries
from partners.models import Event, EventKind, NotificationKind, NotificationPreference
from partners.services.audit import record_audit
from partners.services.emails import queue_email
from partners.services.partners import check_email
from steller.database import Mode
from steller.errors import InvalidRequestError

MOST_ADDRESSES = 10
_ACTOR = "system:mail"
_ORDER_KINDS = frozenset(
    {EventKind.ORDER_SUCCEEDED, EventKind.ORDER_PARTIALLY_FAILED, EventKind.ORDER_FAILED, EventKind.ORDER_CANCELLED}
)
_log = structlog.get_logger(__name__)


@transaction_required
def notify(
    *, partner_id: int, kind: NotificationKind, context: Mapping[str, object], actor: str, person: str = ""
) -> int:
    """Write the e-mails of one kind, if the partner wants them; the answer is how many.

    Without addresses of the partner's choice they go to `person` (an actor such as `user:12`) if that is one of its
    people, else to the partner's own address. Templates are found as those of `queue_email`, by the kind.
    """
    addresses = queries.recipients(partner_id=partner_id, kind=kind, person=person)
    for address in addresses:
        queue_email(to=address, kind=kind.value, context=context, partner_id=partner_id, actor=actor)
    return len(addresses)


def change_preferences(
    *, partner_id: int, changes: Mapping[NotificationKind, tuple[bool | None, Sequence[str] | None]], actor: str
) -> None:
    """Switch kinds on or off and set their addresses; what is None stays as it is.

    Raises:
        InvalidRequestError: a wrong address, or too many.

    """
    for kind, (_, addresses) in changes.items():
        for address in addresses or ():
            check_email(address)
        if len(addresses or ()) > MOST_ADDRESSES:
            raise InvalidRequestError(f"At most {MOST_ADDRESSES} addresses for {kind.value}.")
    with transaction():
        before = {each.kind: each for each in queries.preferences_of(partner_id)}
        for kind, (enabled, addresses) in changes.items():
            chosen = {
                "enabled": before[kind].enabled if enabled is None else enabled,
                "addresses": list(before[kind].addresses if addresses is None else dict.fromkeys(addresses)),
                "updated_by": actor,
            }
            NotificationPreference.objects.update_or_create(
                partner_id=partner_id,
                kind=kind,
                defaults=chosen,
                create_defaults={**chosen, "created_by": actor},
            )
        record_audit(
            action="notification.change",
            subject=f"partner:{partner_id}",
            actor=actor,
            partner_id=partner_id,
            after={kind.value: [enabled, addresses] for kind, (enabled, addresses) in changes.items()},
        )


@transaction_required
def mail_events(event_ids: Sequence[int]) -> None:
    """Write the e-mails that events call for: an order's result. A mail that cannot be written stops no event."""
    events = list(Event.objects.filter(pk__in=event_ids, kind__in=_ORDER_KINDS, mode=Mode.LIVE).order_by("pk"))
    wanted = queries.wanted_kinds({event.partner_id for event in events}) if events else set()
    for event in events:
        kind = _result_kind(event)
        if (event.partner_id, kind) not in wanted:
            continue
        try:
            with savepoint():
                _mail_result(event, kind)
        except Exception:  # noqa: BLE001 - a broken template must not keep events from being read
            _log.exception("event_not_mailed", event_id=event.pk, kind=event.kind)


def _result_kind(event: Event) -> NotificationKind:
    # "api" is the type of an order that a program placed; people place all others.
    by_program = event.body.get("order_type", "api") == "api"
    return NotificationKind.API_ORDER_RESULT if by_program else NotificationKind.ORDER_RESULT


def _mail_result(event: Event, kind: NotificationKind) -> None:
    for address in queries.recipients(
        partner_id=event.partner_id, kind=kind, person=str(event.body.get("placed_by", ""))
    ):
        queue_email(to=address, kind="order_result", context=event.body, partner_id=event.partner_id, actor=_ACTOR)
