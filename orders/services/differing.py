"""Storing what differs from the supplier's books, once however often it is found, and what people say of it."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q
from django_subatomic.db import transaction, transaction_required

from orders.models import DifferenceKind, ReconciliationDifference
from orders.services.comparing import Found
from partners import services as partners
from steller import database
from steller.errors import InvalidRequestError, NotFoundError

type _Key = tuple[str, str]

# What a look at purchases and their lines finds; the others come from the report as a whole.
COMPARED = frozenset(DifferenceKind) - {DifferenceKind.BROKEN_BALANCE, DifferenceKind.CHANGED_LINE}
_CHANGING = ("currency", "amount", "detail", "purchase_id", "line_id")
_LONGEST_NOTE = 1000


@transaction_required
def store(
    found: Collection[Found],
    *,
    run_id: int,
    mode: str,
    kinds: Collection[DifferenceKind] = COMPARED,
    purchase_ids: Collection[uuid.UUID] = (),
    line_ids: Collection[int] = (),
) -> None:
    """Store what was found, and close what was looked at (purchases, lines) and is gone.

    What nobody changed is not written again. An explanation holds until the amount is another.
    """
    at = database.now()
    by_key = {(each.kind.value, each.subject): each for each in found}
    known = _known(by_key, mode)
    _change(known, by_key, at)
    new = ReconciliationDifference.objects.bulk_create(
        [_row(each, mode) for key, each in by_key.items() if key not in known]
    )
    seen = [*known.values(), *new]
    links = ReconciliationDifference.runs.through
    links.objects.bulk_create(
        [links(reconciliationdifference_id=each.pk, reconciliation_id=run_id) for each in seen], ignore_conflicts=True
    )
    looked_at = Q(purchase__in=purchase_ids) | Q(line__in=line_ids)
    gone = ReconciliationDifference.objects.filter(looked_at, mode=mode, kind__in=kinds, cleared_at__isnull=True)
    gone.exclude(pk__in=[each.pk for each in seen]).update(cleared_at=at, updated_at=at)


def _known(keys: Collection[_Key], mode: str) -> dict[_Key, ReconciliationDifference]:
    stored = ReconciliationDifference.objects.filter(mode=mode, subject__in={subject for _, subject in keys})
    return {(row.kind, row.subject): row for row in stored if (row.kind, row.subject) in keys}


def _change(known: dict[_Key, ReconciliationDifference], found: dict[_Key, Found], at: datetime) -> None:
    changed = []
    for key, row in known.items():
        new = found[key]
        if row.cleared_at is None and all(getattr(row, name) == getattr(new, name) for name in _CHANGING):
            continue
        if row.amount != new.amount:
            row.resolved_at, row.resolved_by, row.resolution = None, "", ""
        for name in _CHANGING:
            setattr(row, name, getattr(new, name))
        row.cleared_at, row.updated_at = None, at
        changed.append(row)
    fields = ["currency", "amount", "detail", "purchase", "line", "cleared_at", "updated_at"]
    ReconciliationDifference.objects.bulk_update(changed, [*fields, "resolved_at", "resolved_by", "resolution"])


def _row(found: Found, mode: str) -> ReconciliationDifference:
    return ReconciliationDifference(
        mode=mode,
        kind=found.kind,
        subject=found.subject,
        currency=found.currency,
        amount=found.amount,
        detail=found.detail,
        purchase_id=found.purchase_id,
        line_id=found.line_id,
    )


def resolve_difference(
    *, difference_id: int, note: str, actor: str, address: str | None = None, reference_id: str = ""
) -> ReconciliationDifference:
    """Explain a difference, so that it no longer counts as unexplained; explaining it again replaces the note.

    Raises:
        NotFoundError: no such difference.
        InvalidRequestError: the note is empty or too long.

    """
    note = note.strip()
    if not 0 < len(note) <= _LONGEST_NOTE:
        problem = f"1 to {_LONGEST_NOTE:,} characters, please."
        raise InvalidRequestError("Say in the note what explains the difference.", errors={"note": [problem]})
    with transaction():
        row = ReconciliationDifference.objects.select_for_update().filter(pk=difference_id).first()
        if row is None:
            raise NotFoundError("No such difference.")
        before = row.resolution
        row.resolved_at, row.resolved_by, row.resolution = database.now(), actor, note
        row.save(update_fields=["resolved_at", "resolved_by", "resolution", "updated_at"])
        partners.record_audit(
            action="reconciliation.resolve",
            subject=f"difference:{row.pk}",
            actor=actor,
            reason=note[:300],
            before={"resolution": before} if before else None,
            after={"kind": row.kind, "currency": row.currency, "amount": str(row.amount), "resolution": note},
            address=address,
            reference_id=reference_id,
        )
    return row
