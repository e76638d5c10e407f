"""A partner that has been here for a month: every page has something to show, and it looks as in real life."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django_subatomic.db import transaction

from catalog import services as catalog
from catalog.models import Brand, Product
from catalog.queries import LineRequest
from orders.models import Order, OrderItem
from orders.services import bulk, cart, revealing
from partners import services as partners
from partners.models import Partner, WebhookDelivery
from partners.queries import Scope
from steller.database import Mode
from steller.portal import services as portal
from tests.shop import Shop
from wallets import queries as wallet_queries
from wallets import services as wallets

_TERMS = """Valid in all shops and online. Cannot be exchanged for cash.
Lost or stolen cards are not replaced."""
_REDEMPTION = """1. Open the shop's app or website and log in.
2. Choose "Redeem a gift card".
3. Enter the code; the amount is in your balance at once."""


@dataclass(frozen=True, slots=True)
class LivedIn:
    """A partner and what it has."""

    partner: int
    brand: int
    wallet: int
    done: UUID
    partial: UUID
    waiting: UUID
    draft: UUID
    ordered: UUID
    webhook: UUID
    key: int
    member: int


def settle_in(shop: Shop) -> LivedIn:
    """Fill a partner's pages. The last order stays open."""
    catalog.sync_rates(shop.supplier.client)
    partner = shop.partner(fund="9400")
    Partner.objects.filter(pk=partner).update(name="Northwind Rewards")
    with transaction():
        catalog.set_partner_commission(partner_id=partner, basis="included", value=Decimal("2.5"), actor="system:test")
        euros = wallets.open_wallet(partner_id=partner, currency="EUR", actor="system:test")
        own = wallet_queries.wallets_of(partner_id=partner, mode="live").order_by("pk")[0].pk
        for reference, amount in (("INV-2041", 2500), ("INV-2077", 4000)):
            wallets.request_top_up(
                partner_id=partner,
                mode="live",
                wallet_id=own,
                amount=Decimal(amount),
                reference=reference,
                actor="user:1",
                note="Bank transfer",
            )
        wallets.top_up(
            wallet_id=euros, amount=Decimal(750), reference="first", actor="system:test", reason="Bank transfer"
        )
    Brand.objects.update(terms=_TERMS, redemption_instructions=_REDEMPTION)
    products = shop.products(8)
    _orders_of_a_month(shop, partner, products)
    done = shop.order(partner, (products[0], 2), (products[5], 1), reference="Spring campaign")
    shop.work()
    shop.supplier.fault("partial", cards=1)
    partial = shop.order(partner, (products[1], 3), reference="Team event")
    shop.work()
    ordered = _upload(partner, products, name="birthdays-november.csv")
    bulk.confirm(partner_id=partner, mode="live", bulk_id=ordered, actor="user:1")
    bulk.place_due(seconds=5)
    shop.work()
    draft = _upload(partner, products, name="loyalty-tier-gold.csv", broken=True)
    waiting = shop.order(partner, (products[2], 4), reference="Welcome gifts")
    partners.number_events()
    return LivedIn(
        partner=partner,
        brand=products[0].brand_id,
        wallet=done.order.wallet_id,
        done=done.order.pk,
        partial=partial.order.pk,
        waiting=waiting.order.pk,
        draft=draft,
        ordered=ordered,
        webhook=_webhook(partner),
        key=_keys(partner),
        member=_team(partner),
    )


def fill_cart(shop: Shop, user_id: int) -> None:
    """Put three cards into a person's cart; one of them was cheaper then."""
    for product, quantity, seen in zip(shop.products(7)[::3], (2, 10, 1), (None, "1.00", None), strict=False):
        line = LineRequest(product.pk, product.min_face_value, quantity)
        cart.add_line(user_id=user_id, line=line, price=Decimal(seen) if seen else None, currency="USD" if seen else "")


def reveal(lived_in: LivedIn, user_id: int) -> None:
    """Let somebody have read the cards of an order."""
    for actor, address in ((f"user:{user_id}", "192.0.2.14"), ("key:1", "198.51.100.7")):
        revealing.reveal_cards(
            order_id=lived_in.done, partner_id=lived_in.partner, actor=actor, address=address, reference_id="test"
        )


def _orders_of_a_month(shop: Shop, partner: int, products: list[Product]) -> None:
    placed = [
        shop.order(partner, (products[index % 8], 1 + index * 7 % 5), (products[index * 3 % 8], 1 + index % 2))
        for index in range(18)
    ]
    shop.work()
    now = timezone.now()
    for index, each in enumerate(placed):
        then = now - timedelta(days=29 - index * 1.6, hours=index % 7)
        Order.objects.filter(pk=each.order.pk).update(created_at=then, settled_at=then + timedelta(seconds=9))
        OrderItem.objects.filter(order=each.order.pk).update(settled_at=then + timedelta(seconds=9))


def _webhook(partner: int) -> UUID:
    made = partners.create_endpoint(
        partner_id=partner,
        mode="live",
        url="https://hooks.northwind.example/steller",
        description="Order service",
        actor="system:test",
    )
    for attempt, code in enumerate((200, 503, 200), start=1):
        WebhookDelivery.objects.create(
            endpoint=made.endpoint,
            message_id=f"msg_{attempt}",
            kind="order.succeeded",
            number=attempt,
            attempt=1,
            succeeded=code == 200,
            status_code=code,
            duration_ms=80 + attempt,
        )
    return made.endpoint.pk


def _keys(partner: int) -> int:
    wanted: list[dict[str, Any]] = [
        {"name": "Loyalty app", "scopes": [Scope.ORDER_WRITE, Scope.ORDER_READ, Scope.CARD_READ, Scope.CATALOG_READ]},
        {"name": "Accounting", "scopes": [Scope.WALLET_READ], "allowed_networks": ["192.0.2.0/28", "198.51.100.7"]},
        {"name": "Try-outs", "mode": Mode.TEST, "expires_at": timezone.now() + timedelta(days=60)},
        {"name": "Former shop system"},
    ]
    made = [portal.make_key(partner_id=partner, actor="system:test", **each).id for each in wanted]
    portal.revoke_key(key_id=made[-1], partner_id=partner, actor="system:test", reason="Replaced")
    return made[1]


def _team(partner: int) -> int:
    of_partner: dict[str, Any] = {"partner_id": partner, "actor": "system:test"}
    buyer = partners.create_user(email="mara@team.example", name="Mara Lindqvist", role="buyer", **of_partner)
    partners.create_user(email="tomas@team.example", name="Tomás Vega", role="developer", **of_partner)
    partners.invite_user(email="jun@team.example", role="viewer", **of_partner)
    return buyer.id


def _upload(partner: int, products: list[Product], *, name: str, broken: bool = False) -> UUID:
    rows = [
        f"{product.pk},{product.min_face_value},{2 + index},Member {410 + index}"
        for index, product in enumerate(products)
    ]
    if broken:
        rows[2:2] = ["999999,10,1,Member 502", f"{products[0].pk},7,1,Member 503"]
    text = "\n".join(["product_id,face_value,quantity,note", *rows])
    return bulk.upload(
        partner_id=partner, mode="live", currency="USD", file_name=name, text=text, actor="user:1"
    ).pk  # fmt: skip
