"""A client that is made from `/api/schema` and nothing else: it orders, reads its cards and believes our webhooks."""

import importlib
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from standardwebhooks import Webhook

from partners import services as partners
from partners.models import Partner
from tests import factories
from tests.integration.events.receiver import Receiver
from tests.shop import Shop, Supplier

pytestmark = pytest.mark.django_db


class GeneratedClient:
    """The generated package's modules, and a client that calls our WSGI application."""

    def __init__(self, key: str) -> None:
        client = self.module("client").AuthenticatedClient(
            base_url="http://testserver", token=key, prefix="", auth_header_name="X-Api-Key"
        )
        transport = httpx.WSGITransport(app=get_wsgi_application())
        headers = {"X-Api-Key": key}
        client.set_httpx_client(httpx.Client(transport=transport, base_url="http://testserver", headers=headers))
        self._client = client

    @staticmethod
    def module(name: str) -> Any:
        return importlib.import_module(f"steller_client.{name}")

    def model(self, name: str) -> Any:
        return getattr(self.module("models"), name)

    def call(self, operation: str, *arguments: Any, **named: Any) -> Any:
        """Call an operation, such as `order.order_place`, and return the model of its answer."""
        return self.module(f"api.{operation}").sync(*arguments, client=self._client, **named)


@pytest.fixture(scope="module")
def package(tmp_path_factory: Any) -> Iterator[Path]:
    """Generate the client, warnings being errors, and make it importable."""
    folder = tmp_path_factory.mktemp("generated")
    served = Client().get("/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    (folder / "schema.json").write_bytes(served.content)
    (folder / "config.yml").write_text("post_hooks: []\n")
    made = subprocess.run(
        [
            *(Path(sys.executable).parent / "openapi-python-client", "generate", "--fail-on-warning"),
            *("--path", folder / "schema.json", "--config", folder / "config.yml"),
            *("--output-path", folder / "steller_client", "--meta", "none"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
def shop(db: None, settings: Any) -> Iterator[Shop]:
    settings.BAMBOO_LIMITS = {}
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Shop(Supplier()).open()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    receiver = Receiver()
    yield receiver
    receiver.close()


class TestAClientMadeFromTheDescription:
    def test_orders_reads_its_cards_and_hears_of_it(self, package, shop, receiver):
        api = GeneratedClient(factories.make_key(partner=Partner.objects.get(pk=shop.partner())))
        endpoint = api.call("webhook.webhook_create", body=api.model("WebhookRequest")(url=receiver.url))
        product = next(each for each in api.call("catalog.product_list", currency="USD").results if each.price)

        line = api.model("LineBody")(product_id=product.id, face_value=product.min_face_value, quantity=2)
        order = api.call(
            "order.order_place",
            body=api.model("PlaceRequest")(currency="USD", items=[line], request_id=uuid.uuid4()),
        )
        shop.work()
        order = api.call("order.order_read", order.id)
        cards = api.call("order.order_cards", order.id).results
        partners.number_events()
        partners.deliver_due()

        assert order.status == "succeeded"
        assert [card.item_id for card in cards] == [order.items[0].id] * 2
        assert all(card.card_code for card in cards)
        (told,) = receiver.received
        event = api.model("PartnerEvent").from_dict(Webhook(endpoint.secret).verify(told.body, told.headers))
        assert event.type_ == "order.succeeded"
        assert event.data["order_id"] == str(order.id)

    def test_gets_refusals_as_models_too(self, package, shop):
        api = GeneratedClient(factories.make_key(partner=Partner.objects.get(pk=shop.partner())))

        refusal = api.call("order.order_read", uuid.uuid4())

        assert isinstance(refusal, api.model("Problem"))
        assert (refusal.code, refusal.status, refusal.retryable) == ("not_found", 404, False)
