"""Webhooks on pages: made with a secret that is shown once, tested, paused, rotated, removed."""

import pytest

from partners.models import AuditEntry, WebhookEndpoint
from tests.integration.portal.people import log_in


@pytest.fixture
def client(shop):
    return log_in(shop.partner(), role="developer")


@pytest.fixture
def made(client):
    return client.post("/webhooks/new", {"url": "https://hooks.northwind.example/", "kinds": ["order.succeeded"]})


class TestAnEndpoint:
    def test_shows_its_secret_once(self, client, made):
        endpoint = WebhookEndpoint.objects.get()
        assert made.content.count(b"whsec_") == 1
        assert "no-store" in made.headers["Cache-Control"]
        assert endpoint.kinds == ["order.succeeded"]
        assert b"whsec_" not in client.get(f"/webhooks/{endpoint.pk}").content

    def test_is_not_made_at_an_address_that_we_do_not_send_to(self, client):
        answer = client.post("/webhooks/new", {"url": "http://127.0.0.1/"})
        assert answer.status_code == 422
        assert b"We do not send there" in answer.content
        assert not WebhookEndpoint.objects.exists()

    def test_is_tested_paused_resumed_rotated_and_removed(self, client, made):
        path = f"/webhooks/{WebhookEndpoint.objects.get().pk}"
        client.post(f"{path}/test")
        assert WebhookEndpoint.objects.get().test_id is not None
        client.post(f"{path}/pause")
        assert WebhookEndpoint.objects.get().status == "paused"
        client.post(f"{path}/resume")
        assert WebhookEndpoint.objects.get().status == "active"
        assert b"whsec_" in client.post(f"{path}/rotate").content
        client.post(f"{path}/delete")
        assert client.get(path).status_code == 404
        assert AuditEntry.objects.filter(action="webhook.delete").exists()

    def test_is_the_partners_own(self, shop, made):
        path = f"/webhooks/{WebhookEndpoint.objects.get().pk}"
        other = log_in(shop.partner())
        assert other.get(path).status_code == 404
        assert other.post(f"{path}/delete").status_code == 404
