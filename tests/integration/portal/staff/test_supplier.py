"""What the supplier says of an order now, on the page: asked over HTTP, whether it answers, knows nothing or is away."""

import threading

import pytest

from bamboo import conf
from bamboo.sandbox.server import SandboxServer
from orders.models import Card, Purchase
from tests.integration.portal.staff.colleagues import log_in


@pytest.fixture
def server(shop, settings):
    """The supplier of the shop, over HTTP too."""
    server = SandboxServer("127.0.0.1", 0, shop.supplier.app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    settings.BAMBOO_BASE_URL = server.url
    conf._client.cache_clear()
    yield server
    conf._client.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def placed(shop):
    return shop.order(shop.partner(), (shop.products()[0], 2)).order


@pytest.fixture
def look(server, placed):
    """Return a call that opens the page, or the part of it that htmx asks for."""
    support = log_in("support")

    def ask(**headers):
        answer = support.get(f"/staff/orders/{placed.pk}/supplier", headers=headers)
        assert answer.status_code == 200
        return answer.content.decode()

    return ask


class TestTheSuppliersView:
    def test_shows_what_it_has_and_no_code(self, shop, look, placed):
        shop.work()
        purchase = Purchase.objects.get()

        page = look()

        assert "Succeeded" in page
        assert "2 of 2 cards" in page
        assert placed.items.get().product_name in page
        assert str(purchase.supplier_order_id) in page
        assert not [card for card in Card.objects.all() if card.code in page]

    def test_comes_as_a_part_for_the_page_of_the_order(self, shop, look):
        shop.work()

        part = look(hx_target="supplier")

        assert part.lstrip().startswith("<section")
        assert "Ask again" in part

    def test_says_that_it_shows_no_such_order(self, shop, look):
        shop.supplier.fault("drop_before_accept")
        shop.round()

        assert "The supplier shows no such order." in look()
        assert Purchase.objects.get().status == "unknown"

    def test_says_which_purchase_it_could_not_tell_of_and_shows_the_others(self, shop, look, placed):
        shop.work()
        brought = Purchase.objects.get()
        again = shop.order(placed.partner_id, (shop.products()[0], 1)).order
        shop.work()
        later = Purchase.objects.exclude(pk=brought.pk).get()
        again.items.get().cards.update(item=placed.items.get())
        shop.supplier.fault("500", endpoint="order")

        page = look()

        assert page.count("The supplier did not answer.") == 1
        assert "2 of 2 cards" in page
        assert str(later.supplier_request_id) in page

    def test_says_that_it_is_away(self, shop, server, look):
        shop.work()
        server.shutdown()
        server.server_close()

        page = look()

        assert "The supplier did not answer." in page
        assert "workers ask again by themselves" in page

    def test_says_that_nothing_was_sent(self, look):
        assert "Nothing was sent to the supplier yet" in look()
