"""Orders that our staff place for a partner: composed in the address, confirmed once, written down with a reason."""

import uuid
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages

from bamboo import accounts
from catalog import services as catalog
from catalog.models import Product
from catalog.queries import LineRequest
from orders.models import Order, OrderItem
from partners import services as partners
from partners.models import AuditEntry
from steller.portal import services as portal
from steller.portal.order_draft import Draft
from tests.integration.portal.people import queries_of
from tests.integration.portal.staff.colleagues import log_in
from tests.shop import check_books
from wallets import services as wallets
from wallets.models import Wallet, WalletEntry

HERE = "/staff/orders/new"
WHY = {"reason": "Asked for by phone"}


@pytest.fixture
def partner(shop):
    return shop.partner(fund="100")


@pytest.fixture
def wallet(partner):
    return Wallet.objects.get(partner=partner)


@pytest.fixture
def support(shop):
    return log_in("support")


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def begin(client, partner, **more):
    """Open the page for a partner; return its address with the request id that it was given."""
    return client.get(HERE, {"partner": partner, **more}).url


def add(client, address, product, *, face_value=None, quantity=1):
    """Add cards on the page at an address; return where that leads."""
    fields = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    card = {"add": product.pk, "face_value": face_value or product.min_face_value, "quantity": quantity}
    return client.get(HERE, {**fields, **card})


def form_of(client, address):
    """Read the hidden fields of the page that confirms the order."""
    text = client.get(address.replace(HERE, f"{HERE}/check")).content.decode()
    names = ("partner", "wallet", "request_id", "lines", "expected_total")
    return {name: text.split(f'<input type="hidden" name="{name}" value="')[1].split('"')[0] for name in names}


@pytest.fixture
def form(shop, support, partner, wallet):
    """What is posted for two cards of one product and one of another."""
    first, second = shop.products(2)
    address = add(support, begin(support, partner, wallet=wallet.pk), first, quantity=2).url
    return form_of(support, add(support, address, second).url)


class TestComposing:
    def test_begins_with_a_partner_that_is_searched_for(self, shop, support, partner):
        other = shop.partner()
        found = support.get(HERE, {"q": str(partner)}).content.decode()
        assert f"?partner={partner}" in found
        assert f"?partner={other}" not in found

    def test_has_a_request_id_from_the_first_look(self, support, partner):
        address = begin(support, partner)
        assert uuid.UUID(parse_qs(urlsplit(address).query)["request_id"][0])
        assert support.get(address).status_code == 200

    def test_shows_the_partners_own_prices(self, shop, support, partner):
        product = shop.products()[0]
        commission = catalog.Commission("percent", "included", Decimal(2))
        scope = catalog.RuleScope(partner_id=partner, product_id=product.pk)
        catalog.open_commission(scope=scope, commission=commission, author=catalog.Author("user:1", "Agreed"))
        text = support.get(begin(support, partner, q=product.name), follow=True).content.decode()
        assert product.name in text
        assert f"for {product.min_face_value * Decimal('0.98'):.2f} USD" in text

    def test_adds_up_the_same_card_and_keeps_what_was_searched(self, shop, support, partner, wallet):
        product = shop.products()[0]
        address = begin(support, partner, wallet=wallet.pk)
        address = add(support, address, product, quantity=2).url
        address = add(support, f"{address}&q=x", product, quantity=3).url
        assert f"_{5}" in parse_qs(urlsplit(address).query)["lines"][0]
        assert parse_qs(urlsplit(address).query)["q"] == ["x"]

    def test_takes_a_face_value_within_a_range_and_refuses_others(self, shop, support, partner, wallet):
        ranged = next(each for each in Product.objects.order_by("pk") if each.min_face_value + 1 < each.max_face_value)
        address = begin(support, partner, wallet=wallet.pk)
        refused = add(support, address, ranged, face_value=ranged.max_face_value + 1)
        assert "face values of" in said(refused)
        assert "lines" not in refused.url
        for nonsense in ("", "NaN", "1e3", "-5", "٣"):
            assert "Give a face value" in said(add(support, address, ranged, face_value=nonsense or " ")), nonsense

    def test_changes_and_removes_lines(self, shop, support, partner, wallet):
        first, second = shop.products(2)
        draft = Draft(partner, uuid.uuid4(), wallet.pk)
        for product in (first, second):
            draft = draft.with_line(LineRequest(product.pk, Decimal(product.min_face_value), 1))
        changed = support.get(HERE, {**draft.fields, "quantities": 1, "quantity": ["4", "0"]}).url
        assert parse_qs(urlsplit(changed).query)["lines"] == [f"{first.pk}_{first.min_face_value.normalize():f}_4"]
        removed = support.get(HERE, {**draft.fields, "quantities": 1, "quantity": ["1", "1"], "remove": "0"}).url
        assert parse_qs(urlsplit(removed).query)["lines"][0].startswith(f"{second.pk}_")
        assert "whole number" in said(support.get(HERE, {**draft.fields, "quantities": 1, "quantity": ["x", "1"]}))

    def test_says_what_the_wallet_lacks_and_lets_nobody_go_on(self, shop, support, partner, wallet):
        address = add(support, begin(support, partner, wallet=wallet.pk), shop.products()[0], quantity=50).url
        text = support.get(address).content.decode()
        assert "does not cover this order" in text
        assert f"{HERE}/check" not in text
        assert support.get(address.replace(HERE, f"{HERE}/check")).url.startswith(HERE)

    def test_says_that_a_partner_is_suspended(self, support, partner):
        partners.suspend_partner(partner_id=partner, actor="user:1", reason="Payment dispute")
        assert "Payment dispute" in support.get(begin(support, partner)).content.decode()

    def test_is_begun_anew_when_it_cannot_be_read(self, support, partner):
        for query in (
            {"partner": "x"},
            {"partner": partner, "request_id": "x"},
            {"partner": partner, "wallet": "-1"},
            {"partner": partner, "lines": "1_2"},
        ):
            for path in (HERE, f"{HERE}/check"):
                answer = support.get(path, query)
                assert (answer.status_code, answer.url, said(answer)[:10]) == (302, HERE, "This order"), query
        assert support.get(HERE, {"partner": 10**17}).status_code == 404

    def test_takes_no_wallet_of_another_partner(self, shop, support, partner):
        other = Wallet.objects.get(partner=shop.partner())
        assert support.get(begin(support, partner, wallet=other.pk)).status_code == 404


class TestPlacing:
    def test_holds_the_partners_money_and_writes_down_who_and_why(self, support, partner, wallet, form):
        answer = support.post(f"{HERE}/place", {**form, **WHY, "reference": "PO-7"})
        order = Order.objects.get()
        assert answer.url == f"/staff/orders/{order.pk}"
        assert (order.partner_id, order.type, order.reference) == (partner, "staff", "PO-7")
        assert order.sale_total == Decimal(form["expected_total"])
        assert OrderItem.objects.filter(order=order).count() == 2
        assert Wallet.objects.get(pk=wallet.pk).held == order.sale_total
        entry = AuditEntry.objects.get(action="order.place")
        assert (entry.subject, entry.reason) == (f"order:{order.pk}", WHY["reason"])
        assert entry.actor == order.created_by
        check_books()

    def test_repeats_everything_before_money_moves(self, shop, support, partner, form):
        text = support.get(f"{HERE}/check", form).content.decode()
        assert f"No. {partner}" in text
        assert "100.00 USD" in text
        assert f"{Decimal(form['expected_total']):.2f} USD" in text
        assert not Order.objects.exists()

    def test_is_one_order_however_often_it_is_sent(self, support, wallet, form):
        answers = [support.post(f"{HERE}/place", {**form, **WHY}) for _ in range(3)]
        order = Order.objects.get()
        assert {answer.url for answer in answers} == {f"/staff/orders/{order.pk}"}
        assert AuditEntry.objects.filter(action="order.place").count() == 1
        for path in (HERE, f"{HERE}/check"):
            again = support.get(path, form)
            assert (again.url, "ordered already" in said(again)) == (f"/staff/orders/{order.pk}", True)
        other = support.post(f"{HERE}/place", {**form, **WHY, "reference": "another"})
        assert other.url == f"/staff/orders/{order.pk}"
        assert Wallet.objects.get(pk=wallet.pk).held == order.sale_total

    def test_wants_a_reason_and_keeps_what_was_written(self, support, form):
        answer = support.post(f"{HERE}/place", {**form, "reference": "PO-7"})
        assert answer.status_code == 422
        assert 'value="PO-7"' in answer.content.decode()
        assert not Order.objects.exists()

    def test_asks_again_when_the_price_has_risen(self, support, form):
        answer = support.post(f"{HERE}/place", {**form, **WHY, "expected_total": "0.5"})
        assert answer.status_code == 422
        assert "costs" in answer.content.decode()
        assert not Order.objects.exists()

    def test_is_refused_in_words_when_the_money_is_gone(self, support, wallet, form):
        wallets.record_adjustment(
            wallet_id=wallet.pk, amount=Decimal(-99), reference="FIX", actor="user:1", reason="Goodwill"
        )
        entries = WalletEntry.objects.count()
        answer = support.post(f"{HERE}/place", {**form, **WHY})
        assert answer.url.startswith(HERE)
        assert said(answer)
        assert (Order.objects.count(), WalletEntry.objects.count()) == (0, entries)

    def test_is_refused_when_it_cannot_be_read(self, support, form):
        for wrong in (
            {"expected_total": "NaN"},
            {"expected_total": "1e999999"},
            {"request_id": ""},
            {"wallet": ""},
            {"partner": "x"},
            {"lines": "x"},
        ):
            answer = support.post(f"{HERE}/place", {**form, **WHY, **wrong})
            assert (answer.url, "begin it anew" in said(answer)) == (HERE, True), wrong
        assert not Order.objects.exists()

    def test_pays_from_a_test_wallet_in_test_mode(self, shop, support, partner, wallet):
        accounts.refresh(shop.supplier.client, mode="test")
        portal.fill_test_wallets(partner_id=partner, actor="user:1")
        test = Wallet.objects.get(partner=partner, mode="test")
        address = add(support, begin(support, partner, wallet=test.pk), shop.products()[0]).url
        assert "A test order" in support.get(address).content.decode()
        support.post(f"{HERE}/place", {**form_of(support, address), **WHY})
        order = Order.objects.get()
        assert (order.mode, order.wallet_id) == ("test", test.pk)
        assert Wallet.objects.get(pk=wallet.pk).held == 0

    @pytest.mark.parametrize("role", ["finance", "catalog", "auditor"])
    def test_is_not_for_everybody(self, form, role):
        client = log_in(role)
        assert client.post(f"{HERE}/place", {**form, **WHY}).status_code == 403
        assert client.get(HERE).status_code == client.get(f"{HERE}/check").status_code == 403
        assert not Order.objects.exists()


class TestQueries:
    def test_are_as_many_for_many_lines_as_for_one(self, shop, support):
        partner = shop.partner()
        wallet, counts = Wallet.objects.get(partner=partner), []
        for number in (1, 1, 6):  # The first time fills what a process remembers of currencies and accounts.
            draft = Draft(partner, uuid.uuid4(), wallet.pk)
            for product in shop.products(number):
                draft = draft.with_line(LineRequest(product.pk, Decimal(product.min_face_value), 1))
            counts.append([queries_of(support, f"{path}?{draft.address}") for path in (HERE, f"{HERE}/check")])
        assert counts[1] == counts[2]
        assert max(counts[0]) < 30
