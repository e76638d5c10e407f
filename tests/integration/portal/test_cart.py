"""The cart: kept over log-outs, priced afresh, ordered once."""

import uuid
from decimal import Decimal

import pytest

from catalog.models import CommissionRule, Product
from catalog.queries import LineRequest
from orders.models import Cart, Order
from orders.services import cart
from partners.models import AuditEntry, User
from steller.errors import OrderTooLargeError
from tests import factories
from tests.integration.portal.people import add_to_cart, log_in, order_form


@pytest.fixture
def partner(shop):
    return shop.partner(fund="100")


@pytest.fixture
def client(shop, partner):
    client = log_in(partner)
    add_to_cart(client, shop.products()[0], quantity=2)
    return client


class TestTheCart:
    def test_is_there_after_a_log_out(self, shop, client):
        user = User.objects.get(pk=client.session["_auth_user_id"])
        client.post("/logout")
        client.force_login(user)
        assert shop.products()[0].brand.name in client.get("/cart").content.decode()

    def test_adds_up_what_is_added_twice(self, shop, client):
        add_to_cart(client, shop.products()[0], quantity=3)
        assert Cart.objects.get().lines.get().quantity == 5

    def test_changes_and_removes_lines(self, client):
        line = Cart.objects.get().lines.get()
        client.post("/cart/change", {"line": line.pk, "quantity": 7})
        assert Cart.objects.get().lines.get().quantity == 7
        client.post("/cart/change", {"line": line.pk, "quantity": 7, "remove": 1})
        assert not Cart.objects.get().lines.exists()

    def test_answers_htmx_with_its_part_and_the_count(self, client):
        line = Cart.objects.get().lines.get()
        answer = client.post(
            "/cart/change", {"line": line.pk, "quantity": 7}, headers={"HX-Request": "true", "HX-Target": "cart"}
        ).content.decode()
        assert "<html" not in answer
        assert 'id="cart"' in answer
        assert 'id="cart-count"' in answer

    def test_is_not_another_persons(self, client, partner, shop):
        line = Cart.objects.get().lines.get()
        log_in(partner).post("/cart/change", {"line": line.pk, "quantity": 9})
        assert Cart.objects.get(lines=line).lines.get().quantity == 2

    def test_takes_nothing_that_cannot_be_had(self, shop, client):
        answer = client.post(
            "/cart/add", {"product": shop.products()[0].pk, "face_value": "11", "quantity": 1}, follow=True
        )
        assert b"face value" in answer.content
        assert Cart.objects.get().lines.count() == 1

    def test_of_a_partner_without_a_wallet_takes_no_product_that_is_none(self, db):
        client = log_in(factories.PartnerFactory().pk)

        answer = client.post("/cart/add", {"product": 1_000_000, "face_value": "10", "quantity": 1}, follow=True)

        assert "no such product" in answer.content.decode()

    def test_survives_wrong_input(self, client):
        for body in (
            {},
            {"product": "x"},
            {"product": "-1"},
            {"product": "9" * 30},
            {"product": "1", "face_value": "NaN"},
            {"product": "1", "face_value": "1e9999"},
            {"product": "1", "face_value": "10", "quantity": "0"},
            {"product": "1", "face_value": "10", "quantity": "501"},
        ):
            assert client.post("/cart/add", body).status_code == 302
        for body in (
            {"line": "99", "quantity": "1"},
            {"line": "x"},
            {"line": "9" * 30, "quantity": "1"},
            {"currency": "nonsense"},
        ):
            assert client.post("/cart/change", body).status_code == 302
        assert client.get("/cart").status_code == 200

    def test_takes_so_many_cards_of_a_line_as_an_order_does(self, shop, client):
        add_to_cart(client, shop.products()[0], quantity=498)
        add_to_cart(client, shop.products()[0], quantity=1)
        line = Cart.objects.get().lines.get()

        client.post("/cart/change", {"line": line.pk, "quantity": 501})

        assert Cart.objects.get().lines.get().quantity == 500

    def test_takes_so_many_lines_as_an_order_does(self, client):
        user_id = Cart.objects.get().user_id
        factories.ProductFactory.create_batch(100)
        products = Product.objects.exclude(pk__in=Cart.objects.get().lines.values("product")).values_list(
            "pk", flat=True
        )
        cards = [LineRequest(product_id=pk, face_value=Decimal(10), quantity=1) for pk in products[:100]]
        for line in cards[:99]:
            cart.add_line(user_id=user_id, line=line)

        with pytest.raises(OrderTooLargeError):
            cart.add_line(user_id=user_id, line=cards[99])
        cart.add_line(user_id=user_id, line=cards[0])

        assert Cart.objects.get().lines.count() == 100

    def test_is_emptied_at_once(self, client):
        client.post("/cart/change", {"empty": "1"})

        assert not Cart.objects.get().lines.exists()

    def test_names_the_line_that_cannot_be_had_and_prices_the_others(self, shop, client):
        first, second = shop.products(2)
        add_to_cart(client, second)
        Product.objects.filter(pk=first.pk).update(stock=1)
        text = client.get("/cart").content.decode()
        assert "too few cards" in text
        assert text.count("line-bad") == 1
        assert client.get("/cart/checkout").url == "/cart"

    def test_tells_that_a_price_has_changed(self, shop, client, partner):
        CommissionRule.objects.filter(partner=partner).update(value=10)
        assert b"The price has changed" in client.get("/cart").content


class TestOrderingTheCart:
    def test_orders_once_however_often_the_form_is_sent(self, client):
        fields = order_form(client)
        first = client.post("/cart/order", fields)
        second = client.post("/cart/order", fields)

        assert first.url == second.url == f"/orders/{Order.objects.get().pk}"
        assert Order.objects.get().type == "dashboard"
        assert not Cart.objects.get().lines.exists()

    def test_is_not_done_again_when_the_cart_was_left_full_by_a_crash(self, client):
        cart = Cart.objects.get()
        line = cart.lines.get()
        fields = order_form(client)
        client.post("/cart/order", fields)
        Cart.objects.update(request_id=fields["request_id"])
        cart.lines.create(product=line.product, face_value=line.face_value, quantity=2)

        answer = client.get("/cart")

        assert answer.url == f"/orders/{Order.objects.get().pk}"
        assert not Cart.objects.get().lines.exists()

    def test_is_refused_when_the_cart_has_changed_since(self, shop, client):
        fields = order_form(client)
        add_to_cart(client, shop.products()[0])
        answer = client.post("/cart/order", fields, follow=True)
        assert b"has changed since" in answer.content
        assert not Order.objects.exists()

    def test_is_refused_in_words_when_the_wallet_does_not_cover_it(self, shop, client):
        fields = order_form(client)
        add_to_cart(client, shop.products()[0], quantity=50)
        fields |= {"request_id": str(Cart.objects.get().request_id), "expected_total": "100000"}

        assert b"does not cover" in client.get("/cart").content
        assert client.get("/cart/checkout").url == "/cart"
        assert b"The wallet does not cover the order" in client.post("/cart/order", fields, follow=True).content
        assert not Order.objects.exists()

    def test_is_refused_when_it_became_dearer(self, client, partner):
        fields = order_form(client)
        CommissionRule.objects.filter(partner=partner).update(value=10)
        assert b"above the expected total" in client.post("/cart/order", fields, follow=True).content
        assert not Order.objects.exists()

    def test_without_its_fields_leads_back(self, client):
        assert client.post("/cart/order", {"request_id": str(uuid.uuid4())}).url == "/cart"


class TestTheCards:
    def test_are_shown_on_request_only_and_it_is_recorded(self, shop, client):
        url = client.post("/cart/order", order_form(client)).url
        shop.work()
        assert b"data-code" not in client.get(url).content.replace(b"[data-code]", b"")

        shown = client.post(f"{url}/cards")

        assert shown.content.count(b"data-code>") == 2
        assert "no-store" in shown.headers["Cache-Control"]
        entry = AuditEntry.objects.get(action="card.reveal")
        assert entry.actor.startswith("user:")
        log = client.get("/reveals").content.decode()
        assert User.objects.get(pk=client.session["_auth_user_id"]).email in log
        assert f"#{Order.objects.get().number}" in log


class TestOrderingAgain:
    def test_fills_the_cart_with_what_was_ordered(self, shop, partner):
        first, second = shop.products(2)
        placed = shop.order(partner, (first, 2), (second, 1)).order
        client = log_in(partner)

        assert client.post(f"/orders/{placed.pk}/again").url == "/cart"

        lines = Cart.objects.get().lines.values_list("product", "quantity")
        assert set(lines) == {(first.pk, 2), (second.pk, 1)}

    def test_tells_of_a_price_that_has_changed_since(self, shop, partner):
        placed = shop.order(partner, (shop.products()[0], 1)).order
        CommissionRule.objects.filter(partner=partner).update(value="5")
        client = log_in(partner)
        client.post(f"/orders/{placed.pk}/again")
        assert b"The price has changed since you added it" in client.get("/cart").content

    def test_says_what_does_not_fit(self, shop, partner):
        product = shop.products()[0]
        placed = shop.order(partner, (product, 2)).order
        client = log_in(partner)
        add_to_cart(client, product, quantity=499)
        answer = client.post(f"/orders/{placed.pk}/again", follow=True)
        assert b"A line takes 1 to 500 cards" in answer.content
        assert Cart.objects.get().lines.get().quantity == 499

    def test_knows_no_order_of_another_partner(self, shop, partner):
        placed = shop.order(shop.partner(), (shop.products()[0], 1)).order
        client = log_in(partner)
        assert client.post(f"/orders/{placed.pk}/again").status_code == 404
        assert not Cart.objects.exists()


class TestAReference:
    def test_goes_with_the_order(self, client):
        client.post("/cart/order", {**order_form(client), "reference": "  PO 7731\x00\nautumn "})
        assert Order.objects.get().reference == "PO 7731 autumn"

    def test_is_as_long_as_the_api_takes_it(self, client):
        client.post("/cart/order", {**order_form(client), "reference": "x" * 300})
        assert len(Order.objects.get().reference) == 100


class TestAWalletThatDoesNotCoverTheCart:
    def test_leads_whoever_may_to_a_top_up_and_others_to_them(self, shop, client, partner):
        line = Cart.objects.get().lines.get()
        client.post("/cart/change", {"line": line.pk, "quantity": 400})
        shown = client.get("/cart").content.decode()
        assert "Top up this wallet" in shown
        assert "#top-up" in shown
        assert client.get("/cart/checkout").url == "/cart"


class TestTwoTabs:
    def test_order_only_what_was_shown(self, shop, client):
        form = order_form(client)
        add_to_cart(client, shop.products()[0])
        shown = client.post("/cart/order", form, follow=True).content.decode()
        assert "The cart has changed since this page was shown." in shown
        assert "The request is not valid" not in shown
        assert not Order.objects.exists()
