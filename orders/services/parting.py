"""A refused group is parted until the refused product stands alone, and the innocent lines are bought.

The supplier refuses a whole order for one bad product and seldom says which. A part is a child purchase with a
fresh RequestId. Of two halves, one is sent as the *suspect*; the other waits:

- the suspect is refused: the other half is presumed innocent and waits until the hunt is over, then all
  innocents of the hunt travel in one checkout;
- the suspect is accepted: the other half holds the refused product, and is parted without being sent.

So one bad product among sixteen costs at most seven checkouts: the first, five to find it, one for all
innocents. A product that is refused alone is halved by lines until a single line is refused; that line fails.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet
from django_subatomic.db import transaction_required

from bamboo.models import Account
from catalog import services as catalog
from orders.models import OrderItem, Purchase, SoloProduct
from orders.services import leasing, slots
from orders.services.leasing import Send
from orders.states import LineStatus, PurchaseStatus
from steller import database

SOLO_FOR = timedelta(minutes=10)
INVALID_DENOMINATION = "InvalidDenomination"
# A suspect whose outcome is unknown may take long: innocents do not wait for it.
_HUNTED = [PurchaseStatus.PLANNED, PurchaseStatus.PLACING]
_LOOKED_AT = 20


def next_due(account_id: int) -> Purchase | None:
    """Find the part or the repeat to send next: due, not waiting for a hunt, all its products' slots open."""
    hunts = Purchase.objects.filter(account=account_id, suspect=True, status__in=_HUNTED).values("root")
    waiting = Q(status=PurchaseStatus.PLANNED, suspect=False, root__in=hunts)
    due = Purchase.objects.filter(
        account=account_id,
        status__in=[PurchaseStatus.PLANNED, PurchaseStatus.UNKNOWN],
        frozen_at__isnull=True,
        next_attempt_at__lte=database.now(),
    ).exclude(waiting)
    for purchase in due.order_by("-suspect", "-created_at")[:_LOOKED_AT]:
        products = set(open_lines(purchase).values_list("product_id", flat=True))
        if slots.all_open(products, mode=purchase.mode):
            return purchase
    return None


@transaction_required
def claim_due(account: Account) -> Send | None:
    """Lease the part or the repeat that is due next; the account is locked."""
    found = next_due(account.pk)
    if found is None:
        return None
    purchase = Purchase.objects.select_for_update().get(pk=found.pk)
    if purchase.status not in {PurchaseStatus.PLANNED, PurchaseStatus.UNKNOWN} or purchase.frozen_at:
        return None
    if purchase.root_id and not purchase.suspect:
        _gather_innocents(purchase)
    lines = list(open_lines(purchase).select_for_update(no_key=True).order_by("pk"))
    return leasing.lease(purchase, lines, account, at=database.now())


def open_lines(purchase: Purchase) -> QuerySet[OrderItem]:
    """Return the lines that wait for this purchase."""
    return OrderItem.objects.filter(purchase=purchase, status=LineStatus.PURCHASING, decided_at__isnull=True)


@transaction_required
def part(
    purchase: Purchase, lines: Sequence[OrderItem], *, error_code: str, at: datetime, named: str | None = None
) -> list[OrderItem]:
    """Part a locked purchase that was refused for a product; the answer is the lines that fail now.

    `lines` are its locked open lines in their fair order; `named` is the product that the refusal told of.
    """
    products = list(dict.fromkeys(line.product_id for line in lines))
    if len(products) > 1:
        told = {line.product_id for line in lines if named and line.product_name == named}
        first = told if len(told) == 1 else set(products[: (len(products) + 1) // 2])
        _plan(purchase, [line for line in lines if line.product_id in first], suspect=True, at=at)
        _plan(purchase, [line for line in lines if line.product_id not in first], suspect=False, at=at)
        return []
    _isolate(purchase, products[0], error_code=error_code, at=at)
    if len(lines) == 1:
        return [*lines, *_alike(purchase, lines[0], error_code=error_code)]
    ordered = sorted(lines, key=lambda line: line.face_value)
    half = (len(ordered) + 1) // 2
    _plan(purchase, ordered[:half], suspect=True, at=at)
    _plan(purchase, ordered[half:], suspect=True, at=at)
    return []


@transaction_required
def accepted(purchase: Purchase, *, at: datetime) -> None:
    """Follow up a suspect that was accepted after all: the refused product lies in its other half."""
    if not purchase.suspect or purchase.parent_id is None:
        return
    other = (
        Purchase.objects.select_for_update()
        .filter(parent=purchase.parent_id, suspect=False, status=PurchaseStatus.PLANNED)
        .first()
    )
    if other is None:
        return
    # Those of both halves by id: whoever stores the cards of this one locks its lines next.
    both = OrderItem.objects.filter(purchase__in=[purchase, other], status=LineStatus.PURCHASING, decided_at=None)
    locked = list(both.select_for_update(no_key=True).order_by("pk"))
    lines = [line for line in locked if line.purchase_id == other.pk]
    if len({line.product_id for line in lines}) > 1:
        other.move_to(PurchaseStatus.REFUSED)
        other.error_code = "parted_unsent"
        part(other, sorted(lines, key=fair_order), error_code=other.error_code, at=at)
    else:
        other.suspect = True
    other.save()


def fair_order(line: OrderItem) -> tuple[float, str]:
    """Sort lines as claims took them."""
    return (line.turn or 0.0, str(line.pk))


def _plan(parent: Purchase, lines: Sequence[OrderItem], *, suspect: bool, at: datetime) -> None:
    planned = Purchase.objects.create(
        account_id=parent.account_id,
        mode=parent.mode,
        status=PurchaseStatus.PLANNED,
        parent=parent,
        root_id=parent.root_id or parent.pk,
        suspect=suspect,
        next_attempt_at=at,
        expected_cost=sum((line.unit_cost * line.quantity for line in lines), Decimal(0)),
    )
    OrderItem.objects.filter(pk__in=[line.pk for line in lines]).update(purchase=planned)


def _gather_innocents(purchase: Purchase) -> None:
    """Take the lines of the hunt's other innocent parts along; they were never sent."""
    others = list(
        Purchase.objects.select_for_update()
        .filter(root=purchase.root_id, status=PurchaseStatus.PLANNED, suspect=False, sends=0)
        .exclude(pk=purchase.pk)
        .order_by("pk")
    )
    if not others or purchase.sends:
        return
    # All of them by id, before one of them changes: those of one order may lie in several parts.
    lines = OrderItem.objects.select_for_update(no_key=True).filter(purchase__in=[purchase, *others]).order_by("pk")
    list(lines.values_list("pk", flat=True))
    OrderItem.objects.filter(purchase__in=others).update(purchase=purchase)
    purchase.expected_cost += sum((other.expected_cost for other in others), Decimal(0))
    for other in others:
        other.move_to(PurchaseStatus.REFUSED)
        other.error_code = "merged"
        other.save(update_fields=["status", "error_code", "updated_at"])


def _isolate(purchase: Purchase, product_id: int, *, error_code: str, at: datetime) -> None:
    """Buy a product that was refused alone in checkouts of its own for a while, and show it out of stock."""
    SoloProduct.objects.update_or_create(product_id=product_id, mode=purchase.mode, defaults={"until": at + SOLO_FOR})
    if error_code != INVALID_DENOMINATION:
        catalog.mark_refused([product_id])


def _alike(purchase: Purchase, line: OrderItem, *, error_code: str) -> list[OrderItem]:
    """Find unsent lines of the hunt that the same answer settles: the same product, no fewer cards of it."""
    if purchase.root_id is None:
        return []
    unsent = Purchase.objects.select_for_update().filter(
        root=purchase.root_id, status=PurchaseStatus.PLANNED, suspect=True, sends=0
    )
    parts = list(unsent.order_by("pk"))
    alike = OrderItem.objects.select_for_update(no_key=True).filter(
        purchase__in=parts,
        status=LineStatus.PURCHASING,
        product=line.product_id,
        quantity__gte=line.quantity,
    )
    if error_code == INVALID_DENOMINATION:
        alike = alike.filter(face_value=line.face_value)
    found = list(alike.order_by("pk"))
    OrderItem.objects.filter(pk__in=[other.pk for other in found]).update(purchase=purchase)
    for unsent_part in parts:
        if not open_lines(unsent_part).exists():
            unsent_part.move_to(PurchaseStatus.REFUSED)
            unsent_part.error_code = error_code
            unsent_part.save(update_fields=["status", "error_code", "updated_at"])
    return found
