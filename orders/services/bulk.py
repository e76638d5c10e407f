"""Ordering a file of cards: stored as a draft, confirmed once, placed part by part by whichever worker comes first.

Each part is one order under the request id that was stored with it, so a part that two workers place, or that a
crash interrupts after its commit, is still one order.
"""

import time
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone
from django_subatomic.db import transaction

from catalog.queries import LineRequest
from orders.models import BulkOrder, BulkPart, BulkRow, BulkStatus, OrderType, PartStatus
from orders.services import bulk_reading, placement
from orders.services.placement import MAX_CARDS, MAX_LINES, OrderRequest
from partners import services as partners
from steller.errors import (
    BacklogFullError,
    DomainError,
    InsufficientFundsError,
    InvalidRequestError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
)
from wallets import queries as wallets

PLACE_BULK = "orders.place_bulk"
_LEASE_SECONDS = 60
_log = structlog.get_logger(__name__)

_CLAIM = """
UPDATE orders_bulkpart SET leased_until = clock_timestamp() + %(lease)s * interval '1 second'
WHERE id = (
    SELECT id FROM orders_bulkpart
    WHERE status = 'waiting' AND (leased_until IS NULL OR leased_until < clock_timestamp())
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def upload(*, partner_id: int, mode: str, currency: str, file_name: str, text: str, actor: str) -> BulkOrder:
    """Read a file and keep it as a draft; no money moves.

    Raises:
        InvalidRequestError: it is no such file.
        CurrencyMismatchError, PartnerSuspendedError: no wallet could pay for it.

    """
    wallets.wallet_for_order(partner_id=partner_id, mode=mode, currency=currency, wallet_id=None)
    rows = bulk_reading.read_file(text, partner_id=partner_id, mode=mode, currency=currency)
    sound = [row for row in rows if not row.error]
    with transaction():
        bulk = BulkOrder.objects.create(
            partner_id=partner_id,
            mode=mode,
            currency=currency,
            file_name=file_name[:200],
            cards=sum(row.quantity or 0 for row in sound),
            total=sum(((row.unit_price or 0) * (row.quantity or 0) for row in sound), Decimal(0)),
            created_by=actor,
            updated_by=actor,
        )
        BulkRow.objects.bulk_create((_stored(bulk, row) for row in rows), batch_size=1000)
    return bulk


def confirm(*, partner_id: int, mode: str, bulk_id: uuid.UUID, actor: str) -> None:
    """Promise to order the sound rows of a draft, in parts. Confirming twice is confirming once.

    Raises:
        NotFoundError: no such file of this partner.
        InsufficientFundsError: the wallet does not cover it now; the draft stays.
        InvalidRequestError: it has no row that can be ordered, or was discarded.

    """
    with transaction():
        bulk = _locked(bulk_id, partner_id, mode)
        if bulk.status in {BulkStatus.ORDERING, BulkStatus.ORDERED}:
            return  # A second click, or a repeat after a lost answer.
        if bulk.status == BulkStatus.DISCARDED or not bulk.cards:
            raise InvalidRequestError("This file has nothing to order.")
        _refuse_uncovered(bulk)
        for position, rows in enumerate(_parts(list(bulk.rows.filter(error="")))):
            total = sum(((row.unit_price or 0) * (row.quantity or 0) for row in rows), Decimal(0))
            part = BulkPart.objects.create(bulk=bulk, position=position, expected_total=total)
            BulkRow.objects.filter(pk__in=[row.pk for row in rows]).update(part=part)
        bulk.confirmed_at = timezone.now()
        _move(bulk, BulkStatus.ORDERING, actor)
        partners.record_audit(
            action="bulk.confirm",
            subject=f"bulk:{bulk.pk}",
            actor=actor,
            partner_id=partner_id,
            after={"total": str(bulk.total), "currency": bulk.currency, "cards": bulk.cards},
        )


def discard(*, partner_id: int, mode: str, bulk_id: uuid.UUID, actor: str) -> None:
    """Put a draft away; what was confirmed stays.

    Raises:
        NotFoundError: no such file of this partner.

    """
    with transaction():
        bulk = _locked(bulk_id, partner_id, mode)
        if bulk.status == BulkStatus.DRAFT:
            _move(bulk, BulkStatus.DISCARDED, actor)


def retry(*, partner_id: int, mode: str, bulk_id: uuid.UUID, actor: str) -> None:
    """Let the refused parts be tried again, each under its own request id.

    Raises:
        NotFoundError: no such file of this partner.

    """
    with transaction():
        bulk = _locked(bulk_id, partner_id, mode)
        refused = bulk.parts.filter(status=PartStatus.REFUSED)
        if refused.update(status=PartStatus.WAITING, error="", leased_until=None):
            bulk.finished_at = None
            _move(bulk, BulkStatus.ORDERING, actor)


def place_due(*, seconds: float) -> int:
    """Place the parts that wait, one after the other, until none is left or the time is over; return how many."""
    until, placed = time.monotonic() + seconds, 0
    while time.monotonic() < until and (part_id := _claim()) is not None:
        _place(BulkPart.objects.select_related("bulk").get(pk=part_id))
        placed += 1
    return placed


def _claim() -> int | None:
    with transaction(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"lease": _LEASE_SECONDS})
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _place(part: BulkPart) -> None:
    try:
        placed = placement.place_order(
            partner_id=part.bulk.partner_id,
            mode=part.bulk.mode,
            request=_request(part),
            actor=part.bulk.updated_by,
            type=OrderType.BULK,
        )
    except (UnavailableError, RateLimitedError, BacklogFullError) as refusal:
        # Nothing is wrong with the part: it is claimed again when its lease is over.
        _log.warning("bulk_part_postponed", part=part.pk, code=refusal.code)
        return
    except DomainError as refusal:
        _decide(part, PartStatus.REFUSED, error=f"{refusal.title}. {refusal.detail}"[:300])
    else:
        _decide(part, PartStatus.PLACED, order_id=placed.order.pk)


def _request(part: BulkPart) -> OrderRequest:
    """Ask for the part's rows in their order: line and row have the same place."""
    # A part has sound rows alone, which a constraint keeps whole.
    cards: Any = part.rows.order_by("number").values_list("product_id", "face_value", "quantity")
    lines = tuple(LineRequest(*card) for card in cards)
    name = f"{part.bulk.file_name} ({part.position + 1})"
    return OrderRequest(
        part.request_id, part.bulk.currency, lines, expected_total=part.expected_total, reference=name[-100:]
    )


def _decide(part: BulkPart, status: PartStatus, *, order_id: uuid.UUID | None = None, error: str = "") -> None:
    with transaction():
        bulk = BulkOrder.objects.select_for_update().get(pk=part.bulk_id)
        # Whoever was slower finds it decided.
        BulkPart.objects.filter(pk=part.pk, status=PartStatus.WAITING).update(
            status=status, order=order_id, error=error, leased_until=None
        )
        if not bulk.parts.filter(status=PartStatus.WAITING).exists():
            bulk.finished_at = timezone.now()
            _move(bulk, BulkStatus.ORDERED, bulk.updated_by)


def _refuse_uncovered(bulk: BulkOrder) -> None:
    wallet_id = wallets.wallet_for_order(
        partner_id=bulk.partner_id, mode=bulk.mode, currency=bulk.currency, wallet_id=None
    )
    wallet = wallets.wallets_of(partner_id=bulk.partner_id, mode=bulk.mode).get(pk=wallet_id)
    if wallet.available < bulk.total:
        raise InsufficientFundsError(
            f"The file costs {bulk.total} {bulk.currency}; {wallet.available} {bulk.currency} are available."
        )


def _parts(rows: Sequence[BulkRow]) -> Iterator[list[BulkRow]]:
    """Cut the rows into orders, in the order of the file, each as large as an order may be."""
    part: list[BulkRow] = []
    cards = 0
    for row in rows:
        quantity = row.quantity or 0
        if part and (len(part) == MAX_LINES or cards + quantity > MAX_CARDS):
            yield part
            part, cards = [], 0
        part.append(row)
        cards += quantity
    if part:
        yield part


def _stored(bulk: BulkOrder, row: bulk_reading.Row) -> BulkRow:
    sound = not row.error
    return BulkRow(
        bulk=bulk,
        number=row.number,
        product_text=row.product_text,
        face_value_text=row.face_value_text,
        quantity_text=row.quantity_text,
        note=row.note,
        product_id=row.product_id,
        face_value=row.face_value if sound else None,
        quantity=row.quantity if sound else None,
        unit_price=row.unit_price if sound else None,
        error=row.error[:300],
    )


def _locked(bulk_id: uuid.UUID, partner_id: int, mode: str) -> BulkOrder:
    bulk = BulkOrder.objects.select_for_update().filter(pk=bulk_id, partner=partner_id, mode=mode).first()
    if bulk is None:
        raise NotFoundError("No such file.")
    return bulk


def _move(bulk: BulkOrder, status: BulkStatus, actor: str) -> None:
    bulk.status = status
    bulk.updated_by = actor
    bulk.save()
