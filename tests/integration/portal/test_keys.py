"""API keys on pages: made and shown once, rotated with an overlap, revoked."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from partners.models import ApiKey, AuditEntry
from tests.conftest import client_of
from tests.integration.portal.people import log_in, queries_of
from wallets import queries as wallets

_KEY = re.compile(r"stl_(?:live|test)_[A-Za-z0-9_-]{43}")


@pytest.fixture
def partner(shop):
    return shop.partner()


@pytest.fixture
def client(partner):
    return log_in(partner)


def make(client, **more):
    return client.post("/keys/new", {"name": "Checkout", "mode": "live", **more})


def key_in(response):
    [raw] = set(_KEY.findall(response.content.decode()))
    return raw


class TestMakingAKey:
    def test_shows_it_once_and_it_opens_the_api(self, client):
        made = make(client, scopes=["wallet.read", "order.read"], allowed_networks="127.0.0.0/8\n192.0.2.7")
        assert "no-store" in made.headers["Cache-Control"]
        assert client_of(key_in(made)).get("/api/wallet").status_code == 200
        key = ApiKey.objects.get()
        assert (key.scopes, key.allowed_networks) == (["order.read", "wallet.read"], ["127.0.0.0/8", "192.0.2.7/32"])
        for path in ("/keys", f"/keys/{key.pk}"):
            page = client.get(path).content.decode()
            assert key.prefix in page
            assert not _KEY.search(page)

    def test_lets_it_live_until_its_last_day_is_over(self, client):
        day = timezone.now().date() + timedelta(days=9)
        make(client, expires_at=day.isoformat())
        ends = ApiKey.objects.get().expires_at
        assert (ends.date(), ends.hour, ends.minute) == (day, 23, 59)

    def test_gives_a_test_key_play_money(self, client, partner):
        assert b"play money" in make(client, mode="test").content
        [wallet] = wallets.wallets_of(partner_id=partner, mode="test")
        assert wallet.available == 10_000

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"allowed_networks": "the office"}, "Networks are written like"),
            ({"expires_at": "2020-01-01"}, "expired already"),
            ({"name": ""}, "This field is required"),
            ({"mode": "other"}, "not one of the available choices"),
        ],
    )
    def test_says_what_is_wrong_and_makes_nothing(self, client, wrong, said):
        answer = make(client, **wrong)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert not ApiKey.objects.exists()

    def test_gives_no_more_than_the_maker_has(self, partner):
        developer = log_in(partner, role="developer")
        assert make(developer, scopes=["card.read"]).status_code == 422
        make(developer)
        assert "card.read" not in ApiKey.objects.get().scopes


class TestRotating:
    def test_lets_both_work_for_a_while(self, client):
        old = key_in(make(client))
        key = ApiKey.objects.get()
        answer = client.post(f"/keys/{key.pk}/rotate", {"overlap": "3600"})
        assert f"{key.prefix}… works until" in answer.content.decode()
        for raw in (old, key_in(answer)):
            assert client_of(raw).get("/api/wallet").status_code == 200
        ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
        assert client_of(old).get("/api/wallet").status_code == 401
        assert AuditEntry.objects.filter(action="key.rotate").exists()

    def test_of_a_revoked_key_is_refused_in_words(self, client):
        make(client)
        path = f"/keys/{ApiKey.objects.get().pk}"
        client.post(f"{path}/revoke")
        answer = client.post(f"{path}/rotate", {"overlap": "0"})
        assert answer.status_code == 422
        assert ApiKey.objects.count() == 1


class TestRevoking:
    def test_ends_a_key_at_once(self, client):
        raw = key_in(make(client))
        client.post(f"/keys/{ApiKey.objects.get().pk}/revoke")
        assert client_of(raw).get("/api/wallet").status_code == 401
        assert b"Revoked" in client.get("/keys").content

    def test_is_for_ones_own_partner(self, shop, client):
        make(client)
        path, other = f"/keys/{ApiKey.objects.get().pk}", log_in(shop.partner())
        assert {other.get(path).status_code, other.post(f"{path}/revoke").status_code} == {404}
        assert ApiKey.objects.get().revoked_at is None


class TestTheExamples:
    def test_are_for_the_key_that_is_chosen_and_its_kind(self, client):
        make(client)
        make(client, mode="test")
        test, live = ApiKey.objects.order_by("-pk")
        assert f"{test.prefix}…&quot;" in client.get("/developers").content.decode()
        page = client.get(f"/developers?key={live.pk}").content.decode()
        assert f"STELLER_KEY=&quot;{live.prefix}…" in page
        assert "http://testserver/api/order" in page
        assert queries_of(client, f"/developers?key={live.pk}") < 12

    def test_bear_a_key_that_is_not_there(self, client):
        assert client.get("/developers?key=nonsense").status_code == 200
