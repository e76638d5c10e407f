"""Rows for tests. Money comes into wallets through the service alone, so that the ledger adds up in tests too."""

import secrets
from decimal import Decimal
from typing import Any

import factory
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone
from django_subatomic.db import transaction_if_not_already

from bamboo.models import Account
from catalog.models import Brand, Category, CommissionRule, Product, ProductPrice
from orders.models import Card, Order, OrderItem, Purchase
from partners import queries as partner_queries
from partners.models import ApiKey, Partner, User
from steller.encryption import card_keys
from wallets import services as wallets
from wallets.models import Wallet


class PartnerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Partner

    name = factory.Sequence("Partner {}".format)
    email = factory.Sequence("partner-{}@example.test".format)


class UserFactory(factory.django.DjangoModelFactory):
    """A partner's user; `role` names its group."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence("user-{}@example.test".format)
    partner = factory.SubFactory(PartnerFactory)
    password = factory.django.Password("correct horse battery")

    @factory.post_generation
    def role(self, create: bool, value: str | None, **_kwargs: Any) -> None:
        self.groups.add(Group.objects.get(name=value or "owner"))


class ApiKeyFactory(factory.django.DjangoModelFactory):
    """A key, made by `make_key`; it counts as just used, so that a request does not note it again."""

    class Meta:
        model = ApiKey

    class Params:
        raw = ""

    partner = factory.SubFactory(PartnerFactory)
    mode = "live"
    prefix = factory.LazyAttribute(lambda key: key.raw[:15])
    digest = factory.LazyAttribute(lambda key: partner_queries.key_digest(key.raw, secret=settings.SECRET_KEY))
    last_used_at = factory.LazyFunction(timezone.now)


def make_key(**fields: Any) -> str:
    """Store a key and return its text."""
    mode = fields.pop("mode", "live")
    raw = f"stl_{mode}_{secrets.token_urlsafe(32)}"
    ApiKeyFactory(raw=raw, mode=mode, **fields)
    return raw


@transaction_if_not_already
def make_wallet(partner: Partner, *, currency: str = "USD", fund: str = "1000", mode: str = "live") -> Wallet:
    """Open a wallet and pay in."""
    wallet_id = wallets.open_wallet(partner_id=partner.pk, currency=currency, mode=mode, actor="system:test")
    if Decimal(fund):
        wallets.top_up(
            wallet_id=wallet_id,
            amount=Decimal(fund),
            reference=f"test:{secrets.token_hex(8)}",
            actor="system:test",
        )
    return Wallet.objects.get(pk=wallet_id)


class AccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Account

    supplier_id = factory.Sequence(lambda number: 9001 + number)
    currency = "USD"
    balance = Decimal(100000)
    sandbox_mode = True
    read_at = factory.LazyFunction(timezone.now)


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category

    supplier_id = factory.Sequence(lambda number: 100 + number)
    name = factory.Sequence("Category {}".format)


class BrandFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Brand

    supplier_id = factory.Sequence("BRAND-{}".format)
    name = factory.Sequence("Brand {}".format)
    country = "US"
    currency = "USD"


class ProductFactory(factory.django.DjangoModelFactory):
    """A product with a current supplier price; `cost` is that of both ends, in parts of the face value."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    supplier_id = factory.Sequence(lambda number: 5000 + number)
    brand = factory.SubFactory(BrandFactory)
    name = factory.Sequence("Product {}".format)
    search_text = factory.LazyAttribute(lambda product: f"{product.brand.name} {product.name}")
    min_face_value = Decimal(5)
    max_face_value = Decimal(500)

    @factory.post_generation
    def cost(self, create: bool, value: str | None, **_kwargs: Any) -> None:
        part = Decimal(value or "0.95")
        ProductPrice.objects.create(
            product=self,
            min=self.min_face_value * part,
            max=self.max_face_value * part,
            currency=self.brand.currency,
        )


class CommissionRuleFactory(factory.django.DjangoModelFactory):
    """A rule by which everybody pays face value, unless told otherwise."""

    class Meta:
        model = CommissionRule


class OrderFactory(factory.django.DjangoModelFactory):
    """An order that nothing holds money for: for reads only. `make_wallet` and the API make true ones."""

    class Meta:
        model = Order

    partner = factory.SubFactory(PartnerFactory)
    wallet = factory.LazyAttribute(lambda order: make_wallet(order.partner, mode=order.mode, fund="0"))
    mode = "live"
    request_id = factory.Faker("uuid4", cast_to=None)
    fingerprint = b"x" * 32
    currency = "USD"
    sale_total = Decimal(20)


class OrderItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OrderItem

    order = factory.SubFactory(OrderFactory)
    partner = factory.SelfAttribute("order.partner")
    position = factory.Sequence(lambda number: number % 30000)
    account = factory.SubFactory(AccountFactory)
    product = factory.SubFactory(ProductFactory)
    supplier_product_id = factory.SelfAttribute("product.supplier_id")
    brand_code = factory.SelfAttribute("product.brand.supplier_id")
    country = "US"
    currency = "USD"
    supplier_currency = "USD"
    face_value = Decimal(10)
    quantity = 2
    unit_price = Decimal(10)
    sale_amount = Decimal(20)
    unit_cost = Decimal("9.5")
    break_even_cost = Decimal(10)


class PurchaseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Purchase

    account = factory.SubFactory(AccountFactory)
    mode = "live"
    status = "placed"
    expected_cost = Decimal(19)


def make_card(item: OrderItem, *, code: str, pin: str = "", number: int = 1, **fields: Any) -> Card:
    """Store a card of a line, encrypted as deliveries are."""
    purchase = fields.pop("purchase", None) or PurchaseFactory(account=item.account)
    card = Card(
        purchase=purchase,
        item=item,
        supplier_card_id=number,
        supplier_product_id=item.supplier_product_id,
        face_value=item.face_value,
        serial_number=f"SERIAL-{number:06}",
        **fields,
    )
    card.code = card_keys().encrypt(code, place=card.place("code"))
    card.pin = card_keys().encrypt(pin, place=card.place("pin")) if pin else ""
    card.code_index = card_keys().fingerprint(code)
    card.save(force_insert=True)
    return card
