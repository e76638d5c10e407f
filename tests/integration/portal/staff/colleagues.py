"""Colleagues at their browsers, and a shop in which every staff page has something to show."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from catalog import services as catalog
from catalog.models import SyncRun
from catalog.services import Author, Target
from orders.models import Card, OrderItem, Purchase
from orders.services import exporting
from partners import services as partners
from tests import factories
from tests.shop import Shop, purchase_of
from wallets import services as wallets
from wallets.models import Wallet

ROLES = ("admin", "finance", "support", "catalog", "auditor")


def colleague(role, **fields):
    return factories.UserFactory(partner=None, is_staff=True, is_superuser=role == "admin", role=role, **fields)


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


def log_in(role):
    return browser_of(colleague(role))


@dataclass(frozen=True, slots=True)
class Scene:
    """Ids of what pages are about, by the names that addresses use."""

    partner: int
    order: uuid.UUID
    waiting: uuid.UUID
    line: uuid.UUID
    purchase: uuid.UUID
    card: uuid.UUID
    wallet: int
    top_up: int
    adjustment: int
    run: int
    difference: int
    rule: int
    catalog_rule: int
    key: int
    contact: int
    account: int
    export: uuid.UUID
    user: int
    colleague: int
    sync_run: int

    @property
    def ids(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def set_scene(shop: Shop, *, rows: int = 1) -> Scene:
    """Fill the pages, each list with so many rows."""
    made = [_one_of_everything(shop, number) for number in range(rows)]
    return made[-1]


def _one_of_everything(shop: Shop, number: int) -> Scene:
    partner = shop.partner()
    product = shop.products(number + 1)[-1]
    done = shop.order(partner, (product, 2))
    shop.work()
    purchase = purchase_of(done)
    Purchase.objects.filter(pk=purchase.pk).update(
        review_reason="cards_late", review_at=timezone.now(), proposed_decision="not_coming", proposed_by="user:1",
        proposed_at=timezone.now(),
    )  # fmt: skip
    waiting = shop.order(partner, (product, 1))
    line = OrderItem.objects.get(order=waiting.order.pk)
    OrderItem.objects.filter(pk=line.pk).update(status="on_hold", on_hold_reason="cost above price")
    wallet = Wallet.objects.get(pk=done.order.wallet_id)
    author = Author("user:1", "Agreed")
    top_up = wallets.request_top_up(
        partner_id=partner, mode="live", wallet_id=wallet.pk, amount=Decimal(50), reference=f"BANK-{number}", actor="user:1"
    ).request  # fmt: skip
    adjustment = wallets.record_adjustment(
        wallet_id=wallet.pk, amount=Decimal(20000), reference=f"FIX-{number}", actor="user:1", reason="Goodwill"
    ).request
    rule = catalog.open_commission(
        scope=catalog.RuleScope(partner_id=partner, brand_id=product.brand_id),
        commission=catalog.Commission("percent", "included", Decimal(2)),
        author=author,
    )
    hidden = catalog.set_catalog_rule(target=Target(partner_id=partner, country="DE"), effect="deny", author=author)
    run, difference = _difference(number)
    _card_without_line(purchase, number, is_duplicate=False)
    _card_without_line(purchase, number, is_duplicate=True)
    factories.make_key(partner_id=partner)
    partners.number_events()
    export = exporting.request_export(report="liabilities", parameters={}, mode="live", actor="user:1")
    exporting.write_export(export.pk)
    return Scene(
        partner=partner,
        order=done.order.pk,
        waiting=waiting.order.pk,
        line=line.pk,
        purchase=purchase.pk,
        card=Card.objects.filter(item__order=done.order.pk).values_list("pk", flat=True)[0],
        wallet=wallet.pk,
        top_up=top_up.pk,
        adjustment=adjustment.pk,
        run=run,
        difference=difference,
        rule=rule.pk,
        catalog_rule=hidden.pk,
        key=_key_of(partner),
        contact=partners.add_contact(partner_id=partner, actor="user:1", name=f"Contact {number}"),
        account=line.account_id,
        export=export.pk,
        user=factories.UserFactory(partner_id=partner, role="buyer").pk,
        colleague=colleague("support").pk,
        sync_run=SyncRun.objects.latest("pk").pk,
    )


def _key_of(partner):
    from partners.models import ApiKey

    return ApiKey.objects.filter(partner=partner).first().pk


def _difference(number):
    from orders.models import Reconciliation, ReconciliationDifference, ReconciliationFigure

    today = timezone.now().date()
    run = Reconciliation.objects.create(
        mode="live", first_day=today, last_day=today, status="done", requested_by="system:beat", finished_at=timezone.now()
    )  # fmt: skip
    ReconciliationFigure.objects.create(run=run, currency="USD", charged=10, recorded=5, unexplained=5)
    row = ReconciliationDifference.objects.create(
        mode="live", kind="price", subject=f"purchase:{number}-{uuid.uuid4()}", currency="USD", amount=5, detail="5 more"
    )  # fmt: skip
    row.runs.add(run)
    return run.pk, row.pk


def _card_without_line(purchase, number, *, is_duplicate):
    seed = number * 2 + is_duplicate
    Card.objects.create(
        purchase=purchase, supplier_card_id=900_000 + seed, supplier_product_id=1, face_value=10, code="x",
        code_index=f"{purchase.pk.hex}{seed}".encode()[-32:].rjust(32, b"0"), is_duplicate=is_duplicate,
    )  # fmt: skip
