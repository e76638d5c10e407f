"""The supplier's callbacks are hints: a genuine one brings a read forward, any other changes nothing and learns nothing."""

import base64
import json
import secrets
import time
import uuid
from datetime import timedelta

import pytest
import requests
import structlog
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from standardwebhooks import Webhook

from bamboo.models import ProductHint, ReceivedCallback
from bamboo.sandbox.adapter import WsgiAdapter
from bamboo.sandbox.app import sandbox_of
from bamboo.sandbox.notifications import svix_headers
from bamboo.schemas import NotificationSettings
from catalog import services as catalog
from catalog.models import Product, ProductPrice
from orders.models import Order, Purchase
from steller import database
from tests import factories
from tests.shop import Shop, Supplier

pytestmark = pytest.mark.django_db
SECRET = "a-long-secret-of-the-classic-callback"
SVIX = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
OLD_SVIX = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


@pytest.fixture(autouse=True)
def _secrets(settings):
    settings.BAMBOO_NOTIFICATION_SECRET = SECRET
    settings.BAMBOO_WEBHOOK_SECRET = [SVIX, OLD_SVIX]
    settings.BAMBOO_LIMITS = {}


@pytest.fixture
def purchase():
    later = database.now() + timedelta(minutes=2)
    return factories.PurchaseFactory(next_check_at=later)


def is_due(purchase):
    return Purchase.objects.get(pk=purchase.pk).next_check_at <= database.now()


def notification_of(purchase, **changes):
    return {
        "orderId": 6800001,
        "status": "succeeded",
        "totalCards": 2,
        "secretKey": SECRET,
        "requestId": str(purchase.supplier_request_id),
        **changes,
    }


def notify(client, body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/bamboo/notification", raw, content_type="application/json")


def call_webhook(client, body, *, secret=SVIX, at=None, message_id=None, **changes):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = svix_headers(
        raw, secret=secret, message_id=message_id or f"msg_{uuid.uuid4().hex}", at=int(at or time.time())
    )
    return client.post("/bamboo/webhook", raw, content_type="application/json", headers={**headers, **changes})


class TestTheClassicCallback:
    def test_has_the_purchase_read_at_once(self, client, purchase):
        answer = notify(client, notification_of(purchase))

        assert (answer.status_code, answer.content) == (204, b"")
        assert is_due(purchase)

    @pytest.mark.parametrize("status", ["placing", "unknown", "placed"])
    def test_counts_while_the_outcome_is_open(self, client, status):
        later = database.now() + timedelta(minutes=2)
        lease = {"lease_token": uuid.uuid4(), "lease_until": later} if status == "placing" else {}
        purchase = factories.PurchaseFactory(status=status, next_check_at=later, **lease)

        notify(client, notification_of(purchase))

        assert is_due(purchase)

    def test_that_comes_again_changes_nothing(self, client, purchase):
        notify(client, notification_of(purchase))
        Purchase.objects.update(next_check_at=database.now() + timedelta(minutes=1))

        assert notify(client, notification_of(purchase)).status_code == 204

        assert not is_due(purchase)

    @pytest.mark.parametrize("changes", [{"requestId": str(uuid.uuid4())}, {"requestId": "x"}, {"requestId": None}])
    def test_of_nothing_we_know_is_answered_alike_and_kept_nowhere(self, client, purchase, changes):
        answer = notify(client, notification_of(purchase, **changes))

        assert (answer.status_code, answer.content) == (204, b"")
        assert not is_due(purchase)
        assert not ReceivedCallback.objects.exists()

    def test_of_a_settled_purchase_changes_nothing(self, client):
        later = database.now() + timedelta(minutes=2)
        purchase = factories.PurchaseFactory(status="settled", next_check_at=later)

        assert notify(client, notification_of(purchase)).status_code == 204
        assert not is_due(purchase)

    @pytest.mark.parametrize(
        "changes",
        [
            {"secretKey": "wrong"},
            {"secretKey": ""},
            {"secretKey": None},
            {"secretKey": SECRET[:-1]},
            {"secretKey": "\ud800"},
        ],
    )
    def test_with_another_secret_changes_nothing(self, client, purchase, changes):
        answer = notify(client, notification_of(purchase, **changes))

        assert (answer.status_code, answer.content) == (403, b"")
        assert not is_due(purchase)

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"secretKey": {"a": 1}}', b"1" * 10_000],
    )
    def test_that_cannot_be_read_changes_nothing(self, client, purchase, body):
        assert notify(client, body).status_code == 403
        assert not is_due(purchase)

    def test_that_is_too_large_is_not_read(self, client, purchase):
        answer = notify(client, notification_of(purchase, padding="x" * 300_000))

        assert answer.status_code == 403
        assert not is_due(purchase)

    def test_is_refused_while_no_secret_is_configured(self, client, purchase, settings):
        settings.BAMBOO_NOTIFICATION_SECRET = ""

        assert notify(client, notification_of(purchase, secretKey="")).status_code == 403
        assert not is_due(purchase)

    def test_leaves_no_secret_in_the_log(self, client, purchase):
        with structlog.testing.capture_logs() as logs:
            notify(client, notification_of(purchase))
            notify(client, notification_of(purchase, secretKey="wrong-secret-of-somebody"))

        assert SECRET not in str(logs)
        assert "wrong-secret" not in str(logs)

    def test_takes_posts_only(self, client):
        assert client.get("/bamboo/notification").status_code == 405

    def test_costs_few_queries(self, client, purchase, django_assert_max_num_queries):
        with django_assert_max_num_queries(11):
            notify(client, notification_of(purchase))


class TestTheSignedCallback:
    def body(self, purchase):
        return {"eventType": "ordercompleted.v1", "requestId": str(purchase.supplier_request_id), "status": "Succeeded"}

    @pytest.mark.parametrize("secret", [SVIX, OLD_SVIX], ids=["new", "old"])
    def test_has_the_purchase_read_at_once(self, client, purchase, secret):
        answer = call_webhook(client, self.body(purchase), secret=secret)

        assert (answer.status_code, answer.content) == (204, b"")
        assert is_due(purchase)

    def test_may_bear_several_signatures(self, client, purchase):
        raw = json.dumps(self.body(purchase)).encode()
        other = svix_headers(raw, secret=OLD_SVIX, message_id="m", at=1)["svix-signature"]
        sound = svix_headers(raw, secret=SVIX, message_id="m", at=int(time.time()))

        answer = call_webhook(
            client, raw, message_id="m", **{"svix-signature": f"v2,xx {other} {sound['svix-signature']}"}
        )

        assert answer.status_code == 204
        assert is_due(purchase)

    def test_is_checked_as_the_public_library_signs(self, client, purchase):
        raw = json.dumps(self.body(purchase))
        now = database.now()
        signature = Webhook(SVIX).sign("msg_1", now, raw)
        headers = {"svix-id": "msg_1", "svix-timestamp": str(int(now.timestamp())), "svix-signature": signature}

        answer = client.post("/bamboo/webhook", raw, content_type="application/json", headers=headers)

        assert answer.status_code == 204
        assert is_due(purchase)

    @pytest.mark.parametrize(
        "options",
        [
            {"secret": "whsec_" + base64.b64encode(b"another").decode()},
            {"late": 400},
            {"late": -400},
            {"svix-signature": ""},
            {"svix-signature": "v1,"},
            {"svix-signature": "v1,é"},
            {"svix-id": ""},
            {"svix-id": "x" * 101},
            {"svix-id": "another"},
            {"svix-timestamp": "soon"},
            {"svix-timestamp": "9" * 400},
        ],
    )
    def test_that_is_forged_changes_nothing(self, client, purchase, options):
        if "late" in options:
            options = {"at": time.time() - options["late"]}

        answer = call_webhook(client, self.body(purchase), **options)

        assert (answer.status_code, answer.content) == (403, b"")
        assert not is_due(purchase)
        assert not ReceivedCallback.objects.exists()

    def test_whose_body_was_changed_changes_nothing(self, client, purchase):
        raw = json.dumps(self.body(purchase)).encode()
        headers = svix_headers(raw, secret=SVIX, message_id="m", at=int(time.time()))

        answer = client.post("/bamboo/webhook", raw + b" ", content_type="application/json", headers=headers)

        assert answer.status_code == 403

    def test_that_comes_again_changes_nothing(self, client, purchase):
        call_webhook(client, self.body(purchase), message_id="once")
        Purchase.objects.update(next_check_at=database.now() + timedelta(minutes=1))

        assert call_webhook(client, self.body(purchase), message_id="once").status_code == 204
        assert not is_due(purchase)

    @pytest.mark.parametrize("configured", [[], [""], ["whsec_"], ["whsec_not base64!"]])
    def test_is_refused_without_a_usable_secret(self, client, purchase, settings, configured):
        settings.BAMBOO_WEBHOOK_SECRET = configured

        for secret in (SVIX, "whsec_"):
            assert call_webhook(client, self.body(purchase), secret=secret).status_code == 403

    def test_of_products_has_them_read_soon(self, client):
        body = {"eventType": "productupdated.v1", "products": [{"id": 500101}, {"id": "500102"}, {"id": -1}]}

        assert call_webhook(client, body).status_code == 204

        assert set(ProductHint.objects.values_list("supplier_id", flat=True)) == {500101, 500102}

    @pytest.mark.parametrize("products", ["x", [1, 2], [{"id": "x"}], [{"id": 2**40}], [{}], None])
    def test_of_strange_products_changes_nothing(self, client, products):
        assert call_webhook(client, {"eventType": "productupdated.v1", "products": products}).status_code == 204

        assert not ProductHint.objects.exists()

    def test_is_forgotten_after_a_day(self, client, purchase):
        call_webhook(client, self.body(purchase))
        ReceivedCallback.objects.update(received_at=database.now() - timedelta(hours=25))

        call_webhook(client, {"products": [{"id": 1}]})

        assert ReceivedCallback.objects.count() == 1


class TestAProductHint:
    @pytest.fixture
    def supplier(self):
        return Supplier()

    def test_brings_the_product_up_to_date(self, supplier):
        shop = Shop(supplier).open()
        product, *_, other = shop.products(8)
        assert product.brand_id != other.brand_id
        for each in (product, other):
            supplier.stock(each, 7)
        ProductHint.objects.create(supplier_id=product.supplier_id)

        assert catalog.refresh_hinted(supplier.client, mode="live") == 1

        assert Product.objects.get(pk=product.pk).stock == 7
        assert Product.objects.get(pk=other.pk).stock != 7
        assert Product.objects.filter(withdrawn_at=None).count() == Product.objects.count()
        assert ProductPrice.objects.filter(product=product, until=None).exists()
        assert not ProductHint.objects.exists()

    def test_of_an_unknown_product_is_forgotten(self, supplier):
        ProductHint.objects.create(supplier_id=1)

        assert catalog.refresh_hinted(supplier.client, mode="live") == 1
        assert not ProductHint.objects.exists()

    def test_waits_when_the_supplier_cannot_be_read(self, supplier):
        supplier.fault("500", endpoint="catalog_v2")
        ProductHint.objects.create(supplier_id=1)

        assert catalog.refresh_hinted(supplier.client, mode="live") == 0
        assert ProductHint.objects.exists()


@pytest.fixture
def our_site():
    """Our own web application as the supplier reaches it, on the test's connection."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    with requests.Session() as session:
        session.mount("http://localhost", WsgiAdapter(get_wsgi_application()))
        yield session
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


class TestTheLoop:
    @pytest.mark.parametrize("twice", [False, True])
    def test_closes_through_the_sandbox_supplier(self, our_site, twice):
        supplier = Supplier(notify=True, notify_twice=twice)
        supplier.client.set_notification_settings(
            NotificationSettings(url="", sandbox_url="http://localhost/bamboo/notification", secret=SECRET)
        )
        # Its own thread would call over a socket; the test calls in its place.
        notifier = sandbox_of(supplier.app).notifier
        notifier.stop()
        shop = Shop(supplier).open()
        supplier.fault("500", endpoint="order")
        shop.order(shop.partner(), (shop.products()[0], 1))
        shop.round()
        Purchase.objects.filter(status="placed").update(next_check_at=database.now() + timedelta(minutes=2))
        assert shop.read() == 0

        notifier.tell_all(our_site)

        assert shop.read() == 1
        assert Order.objects.get().status == "succeeded"
        assert ReceivedCallback.objects.count() == 1

    def test_closes_with_signatures_too(self, our_site, purchase):
        supplier = Supplier(svix_url="http://localhost/bamboo/webhook", svix_secret=SVIX)
        raw = json.dumps({"eventType": "ordercompleted.v1", "requestId": str(purchase.supplier_request_id)}).encode()
        headers = svix_headers(raw, secret=SVIX, message_id="m", at=int(time.time()))

        answer = our_site.post(sandbox_of(supplier.app).settings.svix_url, data=raw, headers=headers)

        assert answer.status_code == 204
        assert is_due(purchase)
