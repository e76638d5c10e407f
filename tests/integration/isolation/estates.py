"""A partner with a row in every table that may hold one of a partner's, each telling by a word whose it is."""

import secrets
import uuid
from datetime import timedelta
from decimal import Decimal

from axes.models import AccessAttempt, AccessAttemptExpiration
from django.contrib.auth.models import Permission
from django.utils import timezone

from catalog.models import CatalogRule
from orders.models import BulkOrder, BulkPart, BulkRow, Cart, CartLine
from partners.models import (
    AuditEntry,
    Contact,
    Email,
    Event,
    NotificationPreference,
    RecoveryCode,
    RequestNote,
    SecondFactor,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookReplay,
)
from tests import factories
from wallets.models import Hold, TopUp


class Estate:
    """All that a partner has. `word` stands in every text of it, `ids` name its things as addresses do."""

    def __init__(self, word):
        self.word = word
        self.partner = factories.PartnerFactory(name=f"{word} Ltd", email=f"{word}@example.test")
        self.user = factories.UserFactory(partner=self.partner, email=f"{word}@people.test", name=word)
        self.raw_key = factories.make_key(partner=self.partner, name=word)
        self.key = self.partner.api_keys.get()
        self.wallet = factories.make_wallet(self.partner)
        self.order = factories.OrderFactory(partner=self.partner, wallet=self.wallet, reference=word)
        self.line = factories.OrderItemFactory(order=self.order, partner=self.partner, product_name=word)
        self.card = factories.make_card(self.line, code=f"{word}-CODE", number=secrets.randbelow(10**9))
        self._tell()
        self._mean_to_buy()
        self._keep_people_apart()
        Hold.objects.create(wallet=self.wallet, reference=f"line:{word}", amount=1)
        self.top_up = TopUp.objects.create(wallet=self.wallet, amount=Decimal(5), reference=word)
        factories.CommissionRuleFactory(partner=self.partner)
        CatalogRule.objects.create(partner=self.partner, effect="deny", product=factories.ProductFactory())

    @property
    def ids(self):
        return {
            "order_id": self.order.pk,
            "wallet_id": self.wallet.pk,
            "endpoint_id": self.endpoint.pk,
            "key_id": self.key.pk,
            "user_id": self.user.pk,
            "bulk_id": self.bulk.pk,
        }

    @property
    def tells(self):
        """What must not be read by anybody else."""
        return [self.word, *(str(value) for value in self.ids.values() if isinstance(value, uuid.UUID))]

    def _tell(self):
        event = Event.objects.create(
            partner=self.partner, kind="order.succeeded", body={"word": self.word}, number=1, actor=self.word
        )
        self.endpoint = WebhookEndpoint.objects.create(
            partner=self.partner, url=f"https://{self.word}.example/hook", description=self.word, secret="x"
        )
        WebhookReplay.objects.create(endpoint=self.endpoint, after=0, until=1, created_by=self.word)
        WebhookDelivery.objects.create(
            endpoint=self.endpoint, event=event, message_id=self.word, kind="order.succeeded", attempt=1,
            succeeded=True, duration_ms=1,
        )  # fmt: skip
        Contact.objects.create(partner=self.partner, name=self.word, email=f"{self.word}@contacts.test")
        Email.objects.create(partner=self.partner, to=self.user.email, kind="x", subject=self.word, content=self.word)
        RequestNote.objects.create(
            partner=self.partner, mode="live", actor="key:1", method="GET", path="/api/order", status=200, duration_ms=1
        )
        NotificationPreference.objects.create(partner=self.partner, kind="order.succeeded", enabled=True)
        for action in ("order.reveal", "user.role"):
            AuditEntry.objects.create(
                partner=self.partner, actor=self.word, action=action, subject=f"order:{self.order.pk}", reason=self.word
            )

    def _mean_to_buy(self):
        cart = Cart.objects.create(user=self.user, currency="USD")
        product = factories.ProductFactory()
        CartLine.objects.create(cart=cart, product=product, face_value=10, quantity=1, seen_currency="USD")
        self.bulk = BulkOrder.objects.create(
            partner=self.partner, currency="USD", file_name=f"{self.word}.csv", cards=1, total=10
        )
        part = BulkPart.objects.create(bulk=self.bulk, position=0, expected_total=10)
        BulkRow.objects.create(bulk=self.bulk, part=part, number=1, product_text=self.word, error="wrong")

    def _keep_people_apart(self):
        self.user.user_permissions.add(Permission.objects.first())
        SecondFactor.objects.create(user=self.user, secret=self.word)
        RecoveryCode.objects.create(user=self.user, digest=secrets.token_bytes(32))
        attempt = AccessAttempt.objects.create(
            username=self.user.email, ip_address="192.0.2.1", user_agent=self.word, failures_since_start=1
        )
        AccessAttemptExpiration.objects.create(access_attempt=attempt, expires_at=timezone.now() + timedelta(minutes=5))
