"""What partners may see and buy: rules that allow or deny, set and ended by staff."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django_subatomic.db import transaction_if_not_already, transaction_required

from catalog.models import CatalogRule
from catalog.services.authors import Author, check_ids
from partners import services as partners
from steller.errors import InvalidRequestError, NotFoundError


@dataclass(frozen=True, slots=True)
class Target:
    """Whose catalog a rule is about (none: everybody's), and one thing in it (none: everything)."""

    partner_id: int | None = None
    product_id: int | None = None
    brand_id: int | None = None
    category_id: int | None = None
    country: str = ""


@transaction_if_not_already
def set_catalog_rule(*, target: Target, effect: str, author: Author) -> CatalogRule:
    """Allow or deny something from now on; the rule about the same thing ends. Setting it again changes nothing.

    Raises:
        InvalidRequestError: a wrong effect, more than one thing, or one that does not exist.

    """
    if effect not in CatalogRule.Effect:
        raise InvalidRequestError("A catalog rule allows or denies.")
    named = (target.product_id, target.brand_id, target.category_id, target.country or None)
    if sum(each is not None for each in named) > 1:
        raise InvalidRequestError("A catalog rule is about one thing: a product, a brand, a category or a country.")
    check_ids(partner=target.partner_id, product=target.product_id, brand=target.brand_id, category=target.category_id)
    _one_at_a_time()
    current = CatalogRule.objects.filter(
        Q(partner=target.partner_id, product=target.product_id, brand=target.brand_id, category=target.category_id),
        country=target.country,
        ended_at=None,
    ).first()
    if current is not None and current.effect == effect:
        return current
    if current is not None:
        _end(current, author)
    rule = CatalogRule.objects.create(
        partner_id=target.partner_id,
        product_id=target.product_id,
        brand_id=target.brand_id,
        category_id=target.category_id,
        country=target.country,
        effect=effect,
        created_by=author.actor,
        updated_by=author.actor,
    )
    _audit("catalog_rule.set", rule, author, after={"effect": effect, "about": rule.about})
    return rule


@transaction_if_not_already
def end_catalog_rule(*, rule_id: int, author: Author) -> CatalogRule:
    """End a rule now; ending it again changes nothing.

    Raises:
        NotFoundError: no such rule.

    """
    _one_at_a_time()
    rule = CatalogRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise NotFoundError("No such catalog rule.")
    if rule.ended_at is None:
        _end(rule, author)
    return rule


@transaction_required
def _one_at_a_time() -> None:
    """Let changes of rules wait for each other, so that none is ended twice nor set beside one that just ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog.access'))")


def _end(rule: CatalogRule, author: Author) -> None:
    rule.ended_at, rule.updated_by = timezone.now(), author.actor
    rule.save(update_fields=["ended_at", "updated_at", "updated_by"])
    _audit("catalog_rule.end", rule, author, before={"effect": rule.effect, "about": rule.about})


def _audit(action: str, rule: CatalogRule, author: Author, *, before: object = None, after: object = None) -> None:
    partners.record_audit(
        action=action,
        subject=f"catalog_rule:{rule.pk}",
        actor=author.actor,
        partner_id=rule.partner_id,
        reason=author.reason,
        before=before,
        after=after,
    )
