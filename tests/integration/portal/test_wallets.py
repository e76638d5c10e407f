"""Wallets on pages: entries with their orders, top-ups told, warnings set, months stated."""

import pytest

from tests.integration.portal.people import log_in
from wallets.models import TopUp, Wallet


@pytest.fixture
def partner(shop):
    return shop.partner(fund="100")


@pytest.fixture
def client(partner):
    return log_in(partner)


@pytest.fixture
def path(partner):
    return f"/wallet/{Wallet.objects.get(partner=partner).pk}"


class TestEntries:
    def test_name_the_order_that_moved_the_money(self, shop, partner, client, path):
        number = shop.order(partner, (shop.products()[0], 1)).order.number
        text = client.get(path).content.decode()
        assert f"Order #{number}</a>" in text
        assert "Held for an order" in text

    def test_are_filtered_by_kind_and_day(self, shop, partner, client, path):
        shop.order(partner, (shop.products()[0], 1))
        assert '<td data-label="What"><span>Held for an order' not in client.get(f"{path}?kind=top_up").content.decode()
        assert b"No entry matches" in client.get(f"{path}?from=2999-01-01").content
        assert b"No entry matches" in client.get(f"{path}?to=2000-01-01").content


class TestATopUp:
    def test_is_told_once_and_waits_for_our_staff(self, client, path):
        for _ in range(2):
            answer = client.post(
                f"{path}/top-up", {"amount": "250", "reference": "INV-7", "note": "March"}, follow=True
            )
            assert b"Waiting for us" in answer.content
        assert TopUp.objects.get().status == "pending"
        assert Wallet.objects.get().available == 100

    def test_with_faults_says_which(self, client, path):
        answer = client.post(f"{path}/top-up", {"amount": "-1", "reference": ""})
        text = answer.content.decode()
        assert answer.status_code == 422
        assert text.count('aria-invalid="true"') == 2
        client.post(f"{path}/top-up", {"amount": "250", "reference": "INV-7"})
        assert (
            b"stands for another amount" in client.post(f"{path}/top-up", {"amount": "1", "reference": "INV-7"}).content
        )

    def test_goes_to_a_wallet_of_ones_own(self, shop, path):
        assert log_in(shop.partner()).post(f"{path}/top-up", {"amount": "1", "reference": "x"}).status_code == 404


class TestAWarning:
    def test_is_set_and_cleared(self, client, path):
        client.post(f"{path}/threshold", {"threshold": "150"})
        assert Wallet.objects.get().low_balance_threshold == 150
        assert b"Low balance" in client.get("/").content
        client.post(f"{path}/threshold", {"threshold": ""})
        assert Wallet.objects.get().low_balance_threshold is None
        assert client.post(f"{path}/threshold", {"threshold": "x"}).status_code == 422


class TestAStatement:
    def test_states_this_month_and_refuses_what_is_none(self, client, path):
        text = client.get(f"{path}/statement").content.decode()
        assert "Closing balance" in text
        assert "100.00" in text
        assert client.get(f"{path}/statement?month=2999-01").status_code == 404
        assert client.get(f"{path}/statement?month=x").status_code == 404

    def test_has_every_entry_in_its_file(self, client, path):
        text = b"".join(client.get(f"{path}/statement?format=csv").streaming_content).decode()
        assert "top_up" in text
