"""What a partner pays beside the face value: rules are opened and ended, never changed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_subatomic.db import transaction_if_not_already, transaction_required

from catalog.models import CommissionRule
from catalog.services.authors import Author, check_ids
from partners import services as partners
from steller.errors import InvalidRequestError, NotFoundError
from steller.money import plain

_WHOLE = Decimal(100)
_LARGEST = Decimal(10) ** 6
_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class RuleScope:
    """What a rule speaks of; what is empty fits everything. `currency` is the face value's."""

    partner_id: int | None = None
    product_id: int | None = None
    brand_id: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Commission:
    """How much: `value` percent of the face value, or an amount in its currency; a discount when it is included."""

    kind: str
    basis: str
    value: Decimal


@transaction_if_not_already
def open_commission(
    *,
    scope: RuleScope,
    commission: Commission,
    author: Author,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> CommissionRule:
    """Open a rule, from now on unless told otherwise; the rule of the same scope that is in force then ends.

    Raises:
        InvalidRequestError: a wrong scope, commission or time; or a rule of the same scope that starts later.

    """
    return _open(scope, commission, author, starts_at=starts_at, ends_at=ends_at)


@transaction_if_not_already
def set_partner_commission(
    *,
    partner_id: int,
    kind: str = CommissionRule.Kind.PERCENT,
    basis: str = CommissionRule.Basis.EXTRA,
    value: Decimal,
    actor: str,
    reason: str = "",
) -> int:
    """Set what a partner pays on everything that no narrower rule of theirs covers; return the new rule's id.

    The rule that did this so far ends now.

    Raises:
        InvalidRequestError: kind, basis or value cannot be.

    """
    return _open(RuleScope(partner_id=partner_id), Commission(kind, basis, value), Author(actor, reason)).pk


@transaction_if_not_already
def end_commission(*, rule_id: int, author: Author, ends_at: datetime | None = None) -> CommissionRule:
    """End a rule, now unless told otherwise; one that has not begun yet never will if its end lies before that.

    Raises:
        InvalidRequestError: the end lies in the past, or the rule has ended already.
        NotFoundError: no such rule.

    """
    _one_at_a_time()
    rule = CommissionRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise NotFoundError("No such commission rule.")
    now = timezone.now()
    if rule.ends_at is not None and rule.ends_at <= now:
        raise InvalidRequestError("The rule has ended already; open a new one.")
    if ends_at is not None and ends_at < now:
        raise InvalidRequestError("A rule cannot end in the past: prices were made with it.")
    _end(rule, max(ends_at or now, rule.starts_at or now), author)
    return rule


def _open(
    scope: RuleScope,
    commission: Commission,
    author: Author,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> CommissionRule:
    _check(commission)
    _check_scope(scope)
    _one_at_a_time()
    now = timezone.now()
    if starts_at is not None and starts_at < now:
        raise InvalidRequestError("A rule cannot start in the past: prices were made without it.")
    begins = starts_at or now
    if ends_at is not None and ends_at <= begins:
        raise InvalidRequestError("A rule ends after it starts.")
    _refuse_later(scope, begins, ends_at)
    replaced = list(_of_scope(scope).filter(Q(starts_at=None) | Q(starts_at__lte=begins)).select_for_update())
    current = [rule for rule in replaced if rule.ends_at is None or rule.ends_at > begins]
    for rule in current:
        _end(rule, begins, author)
    rule = CommissionRule.objects.create(
        partner_id=scope.partner_id,
        product_id=scope.product_id,
        brand_id=scope.brand_id,
        currency=scope.currency,
        kind=commission.kind,
        basis=commission.basis,
        value=commission.value,
        # The first rule has no start: it holds at once by everybody's clock.
        starts_at=begins if starts_at or replaced else None,
        ends_at=ends_at,
        created_by=author.actor,
        updated_by=author.actor,
    )
    _audit("commission.open", rule, author, after=_described(rule))
    return rule


def _refuse_later(scope: RuleScope, begins: datetime, ends_at: datetime | None) -> None:
    later = _of_scope(scope).filter(starts_at__gt=begins).exclude(ends_at__lte=begins)
    if ends_at is not None:
        later = later.filter(starts_at__lt=ends_at)
    first = next((rule for rule in later.order_by("starts_at") if rule.ends_at != rule.starts_at), None)
    if first is not None:
        raise InvalidRequestError(f"Rule {first.pk} of the same scope starts later: end it, or end this one before.")


def _of_scope(scope: RuleScope) -> QuerySet[CommissionRule]:
    return CommissionRule.objects.filter(
        partner=scope.partner_id, product=scope.product_id, brand=scope.brand_id, currency=scope.currency
    )


def _end(rule: CommissionRule, ends_at: datetime, author: Author) -> None:
    before = _described(rule)
    rule.ends_at, rule.updated_by = ends_at, author.actor
    rule.save(update_fields=["ends_at", "updated_at", "updated_by"])
    _audit("commission.end", rule, author, before=before, after=_described(rule))


@transaction_required
def _one_at_a_time() -> None:
    """Let changes of rules wait for each other, so that no two of one scope are in force at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog.commissions'))")


def _audit(action: str, rule: CommissionRule, author: Author, *, before: object = None, after: object = None) -> None:
    partners.record_audit(
        action=action,
        subject=f"commission:{rule.pk}",
        actor=author.actor,
        partner_id=rule.partner_id,
        reason=author.reason,
        before=before,
        after=after,
    )


def _described(rule: CommissionRule) -> dict[str, object]:
    return {
        "partner": rule.partner_id,
        "product": rule.product_id,
        "brand": rule.brand_id,
        "currency": rule.currency,
        "kind": str(rule.kind),
        "basis": str(rule.basis),
        "value": plain(rule.value),
        "starts_at": rule.starts_at and rule.starts_at.isoformat(),
        "ends_at": rule.ends_at and rule.ends_at.isoformat(),
    }


def _check(commission: Commission) -> None:
    if commission.kind not in CommissionRule.Kind or commission.basis not in CommissionRule.Basis:
        raise InvalidRequestError("A commission is percent or fixed, and included or extra.")
    if not commission.value.is_finite() or not 0 <= commission.value < _LARGEST:
        raise InvalidRequestError("A commission is a number from 0 up to a million.")
    if commission.value != commission.value.quantize(_STEP):
        raise InvalidRequestError("A commission has at most four decimals.")
    is_discount = commission.kind == CommissionRule.Kind.PERCENT and commission.basis == CommissionRule.Basis.INCLUDED
    if is_discount and commission.value >= _WHOLE:
        raise InvalidRequestError("A discount is less than 100 percent.")


def _check_scope(scope: RuleScope) -> None:
    if scope.product_id is not None and scope.brand_id is not None:
        raise InvalidRequestError("A rule speaks of a product or of a brand, not of both.")
    check_ids(partner=scope.partner_id, product=scope.product_id, brand=scope.brand_id)
