"""What partners and operators set out to do, through real processes."""

import json
import re
import threading
import time

import pytest

from tests.e2e.site import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def test_a_partner_orders_and_gets_cards(site):
    site.start("supplier", "web", "worker", "beat")
    counts = json.loads(site.manage("sync_catalog"))
    assert counts["inserted"] > 30
    partner = site.partner("Corner Shop", fund="100")
    product = partner.product()

    answer = partner.order(product, quantity=3, reference="till 7")
    assert answer.status_code == 202
    order = partner.wait_for(answer.json()["id"])

    assert order["status"] == "succeeded"
    assert order["items"][0]["delivered"] == 3
    cards = partner.cards(order["id"])
    assert len({card["card_code"] for card in cards}) == 3
    wallet = partner.get("/api/wallet").json()["results"][0]
    price = float(product["price"]["min"]) * 3
    assert (float(wallet["available"]), float(wallet["held"])) == (100 - price, 0)
    assert [purchase["cards"] for purchase in site.purchases()] == [3]
    assert "BROKEN" not in site.manage("check_money")
    _assert_no_secret_was_logged(site, partner, cards)


def _assert_no_secret_was_logged(site, partner, cards):
    text = site.log_text()
    assert '"event": "checkout"' in text
    secrets = [partner.key, *(card[name] for card in cards for name in ("card_code", "serial_number"))]
    secrets += [
        site.environment[name] for name in ("SECRET_KEY", "JWT_SIGNING_KEY", "CARD_KEYS", "BAMBOO_CLIENT_SECRET")
    ]
    for secret in secrets:
        assert secret not in text
    for card in cards:
        assert not re.search(rf'"pin": "?{card["pin"]}', text)


def test_orders_taken_while_rabbitmq_is_away_are_delivered_once_it_is_back(site):
    site.start("supplier", "web", "worker", "beat")
    site.manage("sync_catalog")
    partner = site.partner()
    product = partner.product()
    site.rabbit.stop()
    try:
        started = time.monotonic()
        answers = [partner.order(product) for _ in range(5)]
        seconds = time.monotonic() - started
        assert [answer.status_code for answer in answers] == [202] * 5
        assert seconds < 20
    finally:
        site.rabbit.start()
    for answer in answers:
        assert partner.wait_for(answer.json()["id"], seconds=120)["status"] == "succeeded"
    print(f"\n5 orders without a broker took {seconds:.1f} s")


def test_a_worker_killed_between_checkout_and_answer_buys_once(site):
    site.start("supplier", "web", "worker", "beat")
    site.manage("sync_catalog")
    partner = site.partner(fund="100")
    product = partner.product()
    site.control("POST", "faults", fault="slow_accept", delay=4)
    order_id = partner.order(product, quantity=2).json()["id"]
    wait_until(lambda: bool(site.purchases()), seconds=30)
    site.kill("worker")
    killed_at = time.monotonic()
    site.start("worker")

    order = partner.wait_for(order_id, seconds=120)

    print(f"\ndelivered {time.monotonic() - killed_at:.1f} s after the kill")
    assert order["status"] == "succeeded"
    assert len(partner.cards(order_id)) == 2
    assert len(site.purchases()) == 1
    assert site.rows("SELECT count(*) FROM orders_purchase") == [(1,)]
    kinds = [row[0] for row in site.rows("SELECT kind FROM wallets_walletentry ORDER BY version")]
    assert kinds == ["top_up", "hold", "capture"]
    assert "BROKEN" not in site.manage("check_money")


def _place_together(partners, product, *, each):
    """Place orders from all partners at once; return how many were accepted and in how many seconds."""
    statuses = []

    def place(partner):
        statuses.extend(partner.order(product).status_code for _ in range(each))

    started = time.monotonic()
    threads = [threading.Thread(target=place, args=[partner]) for partner in partners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses.count(202), time.monotonic() - started


def test_two_hundred_orders_for_one_product_stay_within_the_suppliers_limits(site):
    site.start("supplier", "web", "worker", "beat")
    site.manage("sync_catalog")
    partners = [site.partner(fund="2000") for _ in range(4)]
    product = partners[0].product()

    started = time.monotonic()
    accepted, seconds_to_accept = _place_together(partners, product, each=50)
    wait_until(
        lambda: site.rows("SELECT count(*) FROM orders_order WHERE status = 'succeeded'") == [(200,)], seconds=150
    )
    seconds = time.monotonic() - started

    calls = site.control("GET", "requests")
    sent_at = [call["at"] for call in calls if call["endpoint"] == "checkout"]
    in_a_minute = max(sum(at <= other < at + 60 for other in sent_at) for at in sent_at)
    refused = sum(call["status"] == 429 for call in calls)
    print(
        f"\n200 orders: accepted in {seconds_to_accept:.1f} s, delivered in {seconds:.1f} s, {len(sent_at)} checkouts,"
        f" {in_a_minute} of the product in the busiest minute, {refused} x 429"
    )
    assert (accepted, refused) == (200, 0)
    assert in_a_minute <= 6
    assert len(sent_at) <= 20
    assert sum(purchase["sold"] for purchase in site.purchases()) == 200
    assert "BROKEN" not in site.manage("check_money")
