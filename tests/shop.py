"""A shop in a test: partners with money, the sandbox supplier inside the process, and time that can be passed.

The real client talks to the real sandbox application through an adapter; nothing of ours is replaced. Time passes
by moving every stored time into the past, since PostgreSQL's clock is the only one that counts.
"""

import itertools
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import requests
from django.apps import apps
from django.db import connection, models
from django_subatomic.db import transaction

from bamboo import accounts
from bamboo.client import BambooClient
from bamboo.sandbox.adapter import WsgiAdapter
from bamboo.sandbox.app import create_app
from bamboo.sandbox.settings import SandboxSettings
from catalog import services as catalog
from catalog.models import Product
from catalog.queries import LineRequest
from orders.models import OrderItem, Purchase
from orders.services import checking, claiming, placement, purchasing, settlement
from orders.services.placement import OrderRequest, Placed
from orders.states import LineStatus
from steller.portal import books
from steller.portal import services as portal
from wallets.models import WalletEntry

_numbers = itertools.count(1)
_TIMED_APPS = ("orders", "bamboo", "wallets")


class Supplier:
    """The sandbox supplier, mounted without sockets, with its control API."""

    URL = "http://supplier.test"

    def __init__(self, *, brands: int = 0, **settings: Any) -> None:
        self.passed = 0.0
        self.app = create_app(
            settings=SandboxSettings(limit_scale=0, notify=False).changed(settings),
            brands=brands,
            clock=lambda: time.time() + self.passed,
        )
        self.control = self.app.test_client()
        session = requests.Session()
        session.mount(self.URL, WsgiAdapter(self.app))
        self.client = BambooClient(
            base_url=self.URL, client_id="STELLER-SANDBOX", client_secret="sandbox-secret", session=session
        )

    def fault(self, fault: str, **options: Any) -> None:
        answer = self.control.post("/_control/faults", json={"fault": fault, **options})
        assert answer.status_code < 300, answer.text

    def set(self, **settings: Any) -> None:
        answer = self.control.post("/_control/settings", json=settings)
        assert answer.status_code < 300, answer.text

    def stock(self, product: Product, count: int | None) -> None:
        answer = self.control.post("/_control/stock", json={"product_id": product.supplier_id, "count": count})
        assert answer.status_code < 300, answer.text

    def balance(self, account_id: int, amount: str) -> None:
        answer = self.control.post("/_control/balance", json={"account_id": account_id, "balance": amount})
        assert answer.status_code < 300, answer.text

    @property
    def purchases(self) -> list[dict[str, Any]]:
        return self.control.get("/_control/purchases").json or []

    def calls(self, endpoint: str) -> list[dict[str, Any]]:
        return self.control.get(f"/_control/requests?endpoint={endpoint}").json or []

    @property
    def cards_sold(self) -> int:
        return sum(purchase["sold"] for purchase in self.purchases)


@dataclass
class Shop:
    """Our side: partners that order, and the worker's services called by hand."""

    supplier: Supplier
    partners: list[int] = field(default_factory=list)

    def open(self) -> "Shop":
        catalog.sync_catalog(self.supplier.client, mode="live")
        return self

    def partner(self, *, fund: str = "100000", currency: str = "USD") -> int:
        number = next(_numbers)
        new = portal.open_partner(
            name=f"Partner {number}",
            email=f"partner{number}-{uuid.uuid4().hex[:6]}@example.com",
            currency=currency,
            fund=Decimal(fund),
            actor="system:test",
        )
        self.partners.append(new.partner_id)
        return new.partner_id

    def products(self, count: int = 1, *, currency: str = "USD") -> list[Product]:
        found = Product.objects.filter(
            brand__currency=currency, prices__currency=currency, prices__until=None, withdrawn_at=None
        ).exclude(stock=0)
        products = list(found.order_by("id")[:count])
        assert len(products) == count
        return products

    def order(self, partner_id: int, *lines: tuple[Product, int], currency: str = "USD", **more: Any) -> Placed:
        request = OrderRequest(
            request_id=more.pop("request_id", None) or uuid.uuid4(),
            currency=currency,
            lines=tuple(
                LineRequest(product_id=product.pk, face_value=product.min_face_value, quantity=quantity)
                for product, quantity in lines
            ),
            **more,
        )
        return placement.place_order(partner_id=partner_id, mode="live", request=request, actor="key:1")

    def round(self) -> bool:
        return purchasing.run_round(client=self.supplier.client, mode="live")

    def read(self) -> int:
        return checking.read_due(client=self.supplier.client, mode="live", until=time.monotonic() + 60)

    def work(self, *, minutes: float = 3.0, step: float = 5.0) -> None:
        """Do what workers and ticks would do until nothing is open or the time is over."""
        passed = 0.0
        while passed <= minutes * 60:
            while self.round():
                pass
            checking.expire_leases("live")
            self.read()
            settlement.settle_decided()
            if not OrderItem.objects.filter(status__in=[LineStatus.WAITING, LineStatus.PURCHASING]).exists():
                return
            self.pass_time(step)
            passed += step

    def pass_time(self, seconds: float) -> None:
        """Let time pass for both sides."""
        self.supplier.passed += seconds
        pass_time(seconds)


def pass_time(seconds: float) -> None:
    """Let time pass for us: move every stored time of these apps into the past."""
    accounts.forget()
    with transaction(), connection.cursor() as cursor:
        for model in _timed_models():
            columns = [f.column for f in model._meta.concrete_fields if isinstance(f, models.DateTimeField)]
            changes = ", ".join(f"{column} = {column} - interval '{seconds} seconds'" for column in columns)
            cursor.execute(f"UPDATE {model._meta.db_table} SET {changes}")


def _timed_models() -> Iterable[type[models.Model]]:
    for label in _TIMED_APPS:
        for model in apps.get_app_config(label).get_models():
            timed = any(isinstance(f, models.DateTimeField) for f in model._meta.concrete_fields)
            if timed and model is not WalletEntry:
                yield model


def check_books() -> None:
    """Assert the ledger's invariants over everything in the database."""
    assert [finding for finding in books.findings() if finding.broken] == []


def purchase_of(placed: Placed) -> Purchase:
    line = OrderItem.objects.select_related("purchase").get(pk=placed.items[0].pk)
    assert line.purchase is not None
    return line.purchase


__all__ = ["Shop", "Supplier", "check_books", "claiming", "pass_time", "purchase_of"]
