"""The admin pages of orders: lists in few queries, no secret in any, and actions that call the services."""

import pytest
from django.urls import reverse

from orders.models import Card, CardRefund, Order, OrderItem, Purchase
from partners.models import AuditEntry
from tests import factories
from tests.integration.deciding.stuck import cards_missing
from tests.shop import check_books


@pytest.fixture
def enter(client):
    def as_role(role):
        user = factories.UserFactory(partner=None, is_staff=True, is_superuser=role == "admin", role=role)
        client.force_login(user)
        return client

    return as_role


def address(model):
    return reverse(f"admin:orders_{model._meta.model_name}_changelist")


def act(browser, model, action, *rows):
    fields = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return browser.post(address(model), fields, follow=True)


class TestLists:
    @pytest.mark.parametrize("model", [Order, OrderItem, Purchase, Card, CardRefund])
    def test_take_as_many_queries_for_many_rows_as_for_one(self, enter, shop, model, django_assert_max_num_queries):
        browser = enter("admin")
        for _ in range(6):
            shop.order(shop.partner(), (shop.products()[0], 2))
            shop.work()

        with django_assert_max_num_queries(16):
            assert browser.get(address(model)).status_code == 200

    def test_of_cards_show_no_secret(self, enter, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        shop.work()
        card = Card.objects.get()

        browser = enter("admin")
        page = browser.get(address(Card)).content.decode()
        detail = browser.get(reverse("admin:orders_card_change", args=[card.pk])).content.decode()

        for secret in (card.code, card.pin, card.serial_number):
            assert not secret or secret not in page + detail
        assert card.masked_serial_number in page

    def test_of_purchases_show_what_waits_for_a_person(self, enter, db):
        waits = factories.PurchaseFactory(review_at="2026-01-01T00:00Z", review_reason="look")
        factories.PurchaseFactory()

        page = enter("support").get(address(Purchase), {"review": "open"}).content.decode()

        assert str(waits.supplier_request_id) in page
        assert "1 purchase" in page


class TestActions:
    def test_cancel_an_order(self, enter, shop):
        order = shop.order(shop.partner(fund="100"), (shop.products()[0], 1)).order

        act(enter("support"), Order, "cancel", order)

        assert Order.objects.get().status == "cancelled"
        assert AuditEntry.objects.get(action="order.cancel").actor.startswith("user:")
        check_books()

    def test_tell_what_was_refused_and_do_the_rest(self, enter, shop):
        done = shop.order(shop.partner(), (shop.products()[0], 1)).order
        shop.work()
        waiting = shop.order(shop.partner(), (shop.products()[0], 1)).order

        page = act(enter("support"), Order, "cancel", done, waiting).content.decode()

        assert "bought or being bought" in page
        assert Order.objects.get(pk=waiting.pk).status == "cancelled"

    @pytest.mark.parametrize(("action", "status"), [("release", "waiting"), ("fail", "failed")])
    def test_decide_of_a_line_on_hold(self, enter, shop, action, status):
        placed = shop.order(shop.partner(), (shop.products()[0], 1))
        OrderItem.objects.update(status="on_hold", on_hold_reason="cost above sale price")

        act(enter("support"), OrderItem, action, placed.items[0])

        assert OrderItem.objects.get().status == status
        check_books()

    def test_close_a_review_and_read_again(self, enter, shop):
        _, purchase = cards_missing(shop, shop.partner(), shop.products()[0], 2)
        browser = enter("finance")

        act(browser, Purchase, "read_again", purchase)
        act(browser, Purchase, "close_review", purchase)

        purchase.refresh_from_db()
        assert purchase.review_closed_at is not None
        assert AuditEntry.objects.filter(action="purchase.read_again").exists()

    def test_write_off_a_card_without_a_line(self, enter, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        shop.work()
        shop.supplier.fault("repeated_code")
        shop.order(shop.partner(), (shop.products()[0], 2))
        shop.work()
        card = Card.objects.get(is_duplicate=True)

        act(enter("support"), Card, "write_off", card)

        card.refresh_from_db()
        assert card.status == "written_off"

    @pytest.mark.parametrize(
        ("model", "action"),
        [(Order, "cancel"), (OrderItem, "fail"), (Purchase, "close_review"), (Card, "write_off")],
    )
    def test_are_not_offered_without_the_permission(self, enter, shop, model, action):
        shop.order(shop.partner(), (shop.products()[0], 1))

        page = enter("auditor").get(address(model)).content.decode()

        assert f'value="{action}"' not in page
