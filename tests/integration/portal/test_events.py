"""Events on a page, and sent once more from there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from partners import services as partners
from partners.models import Event, WebhookEndpoint, WebhookReplay
from tests.integration.portal.people import log_in, queries_of


@pytest.fixture
def partner(shop):
    return shop.partner()


@pytest.fixture
def client(partner):
    return log_in(partner, role="developer")


@pytest.fixture
def endpoint(partner):
    return partners.create_endpoint(
        partner_id=partner, mode="live", url="https://hooks.northwind.example/", actor="user:1"
    ).endpoint


def happen(partner, count, kind="wallet.low"):
    """Write numbered events, one a minute until now."""
    first = Event.objects.filter(partner=partner).count() + 1
    now = timezone.now()
    for number in range(first, first + count):
        event = Event.objects.create(partner_id=partner, number=number, kind=kind, body={"n": number}, actor="x")
        Event.objects.filter(pk=event.pk).update(created_at=now - timedelta(minutes=first + count - 1 - number))


class TestEvents:
    def test_are_listed_with_their_bodies_and_their_orders(self, shop, partner, client):
        placed = shop.order(partner, (shop.products()[0], 1))
        shop.work()
        partners.number_events()
        event = Event.objects.get(kind="order.succeeded")
        page = client.get("/events").content.decode()
        assert str(event.public_id) in page
        assert f'href="/orders/{placed.order.pk}"' in page

    def test_are_paged_by_number(self, partner, client):
        happen(partner, 30)
        newest = client.get("/events").content.decode()
        assert 'id="event-30"' in newest
        assert 'id="event-5"' not in newest
        assert "until=5" in newest
        oldest = client.get("/events?until=5").content.decode()
        assert oldest.count("<details>") == 5

    def test_are_filtered_by_kind(self, partner, client):
        happen(partner, 2)
        happen(partner, 1, kind="webhook.paused")
        assert client.get("/events?kind=webhook.paused").content.count(b"<details>") == 1
        assert b"No event matches" in client.get("/events?kind=order.failed").content

    @pytest.mark.parametrize("query", ["until=x", "until=-1", "until=99999999999999999999", "kind=%00", "until=²"])
    def test_bear_nonsense(self, client, query):
        assert client.get(f"/events?{query}").status_code == 200

    def test_are_the_partners_own(self, shop, partner):
        happen(partner, 1)
        assert b"Nothing has happened yet" in log_in(shop.partner()).get("/events").content

    def test_cost_the_same_for_one_and_for_many(self, partner, client):
        happen(partner, 1)
        few = queries_of(client, "/events")
        happen(partner, 20)
        assert queries_of(client, "/events") == few < 10


class TestSendingOnceMore:
    def replay(self, client, endpoint, **fields):
        return client.post(f"/webhooks/{endpoint.pk}/replay", fields)

    def test_begins_with_a_number(self, partner, client, endpoint):
        happen(partner, 9)
        self.replay(client, endpoint, number="4", until="6")
        assert (WebhookReplay.objects.get().after, WebhookReplay.objects.get().until) == (3, 6)
        assert b"events 4 to 6, still to do" in client.get(f"/webhooks/{endpoint.pk}").content

    def test_begins_with_a_moment(self, partner, client, endpoint):
        happen(partner, 9)
        moment = timezone.now() - timedelta(minutes=2, seconds=30)
        self.replay(client, endpoint, moment=moment.strftime("%Y-%m-%dT%H:%M:%S"))
        assert (WebhookReplay.objects.get().after, WebhookReplay.objects.get().until) == (6, 9)

    @pytest.mark.parametrize("fields", [{}, {"number": "1", "moment": "2026-01-01T00:00"}, {"number": "99"}])
    def test_is_refused_in_words(self, partner, client, endpoint, fields):
        happen(partner, 1)
        answer = self.replay(client, endpoint, **fields)
        assert answer.status_code == 422
        assert b'role="alert"' in answer.content
        assert not WebhookReplay.objects.exists()


class TestChangingAnEndpoint:
    def test_takes_another_address_and_other_events(self, client, endpoint):
        client.post(
            f"/webhooks/{endpoint.pk}/change", {"url": "https://new.northwind.example/", "kinds": ["wallet.low"]}
        )
        changed = WebhookEndpoint.objects.get()
        assert (changed.url, changed.kinds) == ("https://new.northwind.example/", ["wallet.low"])

    def test_refuses_an_address_that_we_do_not_send_to(self, client, endpoint):
        answer = client.post(f"/webhooks/{endpoint.pk}/change", {"url": "http://127.0.0.1/"})
        assert answer.status_code == 422
        assert WebhookEndpoint.objects.get().url == endpoint.url
