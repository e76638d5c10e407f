"""Orders on pages: filters, exports, cards, and what roles and other partners may not."""

import csv
import io

import pytest

from orders.models import Card, Order
from partners.models import AuditEntry
from steller.encryption import card_keys
from steller.portal.templatetags.money import money
from steller.portal.templatetags.portal import line_error
from tests.integration.portal.people import log_in


def table(response):
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


class TestTheList:
    @pytest.fixture
    def orders(self, shop):
        partner = shop.partner()
        done = shop.order(partner, (shop.products()[0], 1), reference="=1+1").order
        shop.work()
        waiting = shop.order(partner, (shop.products()[0], 1), reference="later").order
        return partner, done, waiting

    def test_is_filtered_by_status_kind_day_and_text(self, orders):
        partner, done, waiting = orders
        client = log_in(partner)
        for query, numbers in {
            "status=succeeded": {done.number},
            "status=created": {waiting.number},
            "status=nonsense": {done.number, waiting.number},
            "type=bulk": set(),
            "q=later": {waiting.number},
            f"q=%23{done.number}": {done.number},
            "from=2999-01-01": set(),
            "to=2000-01-01": set(),
            "from=nonsense&to=2026-99-99": {done.number, waiting.number},
        }.items():
            text = client.get(f"/orders?{query}").content.decode()
            assert {number for number in (done.number, waiting.number) if f">#{number}<" in text} == numbers, query

    def test_asks_for_itself_again_only_while_an_order_is_open(self, shop, orders):
        partner, _done, waiting = orders
        client = log_in(partner)
        assert b'hx-trigger="every' in client.get("/orders").content
        shop.work()
        assert b'hx-trigger="every' not in client.get("/orders").content
        part = client.get("/orders", headers={"HX-Target": "orders"}).content
        assert b"<html" not in part
        assert str(waiting.number).encode() in part

    def test_is_downloaded_as_csv_that_no_spreadsheet_runs(self, orders):
        partner, done, _waiting = orders
        rows = table(log_in(partner).get("/orders?format=csv&status=succeeded"))
        assert [row["id"] for row in rows] == [str(done.pk)]
        assert rows[0]["reference"] == "'=1+1"


class TestAnOrder:
    def test_polls_until_it_is_final_and_then_shows_itself_anew(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1))
        client, path = log_in(partner), f"/orders/{placed.order.pk}"
        asked = {"HX-Target": "progress"}
        assert "HX-Refresh" not in client.get(path, headers=asked).headers
        shop.work()
        assert client.get(path, headers=asked).headers["HX-Refresh"] == "true"
        assert b'hx-trigger="every' not in client.get(path).content

    def test_gives_its_cards_as_csv(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 2))
        shop.work()
        rows = table(log_in(partner).post(f"/orders/{placed.order.pk}/cards", {"format": "csv"}))
        keys = card_keys()
        codes = {keys.decrypt(card.code, place=card.place("code")) for card in Card.objects.all()}
        assert {row["card_code"] for row in rows} == codes
        assert AuditEntry.objects.filter(action="card.reveal").count() == 1

    def test_is_cancelled_while_nobody_has_bought_it(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1))
        client = log_in(partner)
        assert b'id="cancel-order"' in client.get(f"/orders/{placed.order.pk}").content
        client.post(f"/orders/{placed.order.pk}/cancel")
        assert Order.objects.get().status == "cancelled"


class TestRolesAndOtherPartners:
    def test_a_viewer_neither_orders_nor_sees_cards(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 1))
        shop.work()
        viewer = log_in(partner, role="viewer")

        assert viewer.get(f"/orders/{placed.order.pk}").status_code == 200
        for path in (
            f"/orders/{placed.order.pk}/cards",
            f"/orders/{placed.order.pk}/cancel",
            "/cart/add",
            "/cart/change",
            "/cart/order",
            "/bulk/upload",
        ):
            assert viewer.post(path, {"product": 1}).status_code == 403, path

    def test_another_partners_rows_are_not_found(self, shop):
        owner, other = shop.partner(), log_in(shop.partner())
        placed = shop.order(owner, (shop.products()[0], 1))

        assert other.get(f"/orders/{placed.order.pk}").status_code == 404
        assert other.post(f"/orders/{placed.order.pk}/cards").status_code == 404
        assert other.post(f"/orders/{placed.order.pk}/cancel").status_code == 404
        assert other.get(f"/wallet/{placed.order.wallet_id}").status_code == 404
        assert f">#{placed.order.number}<" not in other.get("/orders").content.decode()


class TestAnOrderThatWentWrong:
    def test_says_why_in_words(self, shop):
        partner = shop.partner()
        product = shop.products()[0]
        placed = shop.order(partner, (product, 2))
        shop.supplier.fault("partial", cards=1)
        shop.work()
        shown = log_in(partner).get(f"/orders/{placed.order.pk}").content.decode()
        assert "The supplier did not deliver every card." in shown
        assert "not_delivered" not in shown

    def test_gives_the_suppliers_own_code_where_there_are_no_words(self):
        assert line_error("WrongAccount") == "The supplier refused it (WrongAccount)."


class TestAnOpenOrder:
    def test_says_how_much_comes_back_when_it_is_cancelled(self, shop):
        partner = shop.partner()
        placed = shop.order(partner, (shop.products()[0], 3))
        shown = log_in(partner).get(f"/orders/{placed.order.pk}").content.decode()
        assert f"at most {money(placed.order.sale_total)} USD" in shown


class TestAFilteredList:
    def test_says_how_many_match_and_leads_back_to_all(self, shop):
        partner = shop.partner()
        shop.order(partner, (shop.products()[0], 1), reference="Spring")
        client = log_in(partner)
        assert "Clear filters" not in client.get("/orders").content.decode()
        shown = client.get("/orders?q=spring").content.decode()
        assert "1 order ·" in shown
        assert "Clear filters" in shown
