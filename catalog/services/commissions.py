"""What a partner pays beside the face value: rules are ended and replaced, so old prices stay explained."""

from decimal import Decimal

from django.db.models import Q
from django.utils import timezone
from django_subatomic.db import transaction_if_not_already

from catalog.models import CommissionRule
from steller.errors import InvalidRequestError

_WHOLE = Decimal(100)
_LARGEST = Decimal(10) ** 6


@transaction_if_not_already
def set_partner_commission(
    *,
    partner_id: int,
    kind: str = CommissionRule.Kind.PERCENT,
    basis: str = CommissionRule.Basis.EXTRA,
    value: Decimal,
    actor: str,
) -> int:
    """Set what a partner pays on everything that no narrower rule of theirs covers; return the new rule's id.

    The rule that did this so far ends now.

    Raises:
        InvalidRequestError: kind, basis or value cannot be.

    """
    _check(kind, basis, value)
    now = timezone.now()
    general = CommissionRule.objects.select_for_update().filter(
        Q(starts_at=None) | Q(starts_at__lte=now),
        Q(ends_at=None) | Q(ends_at__gt=now),
        partner=partner_id,
        product=None,
        brand=None,
        currency="",
    )
    ended = general.update(ends_at=now, updated_at=now, updated_by=actor)
    # The first rule has no start: it holds at once by everybody's clock.
    rule = CommissionRule.objects.create(
        partner_id=partner_id,
        kind=kind,
        basis=basis,
        value=value,
        starts_at=now if ended else None,
        created_by=actor,
        updated_by=actor,
    )
    return rule.pk


def _check(kind: str, basis: str, value: Decimal) -> None:
    if kind not in CommissionRule.Kind or basis not in CommissionRule.Basis:
        raise InvalidRequestError("A commission is percent or fixed, and included or extra.")
    if not value.is_finite() or not 0 <= value < _LARGEST:
        raise InvalidRequestError("A commission is a number from 0 up to a million.")
    if kind == CommissionRule.Kind.PERCENT and basis == CommissionRule.Basis.INCLUDED and value >= _WHOLE:
        raise InvalidRequestError("A discount is less than 100 percent.")
