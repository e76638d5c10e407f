"""`/api/staff/review`: the list in few queries, and each decision over HTTP with its permission."""

import uuid

import pytest

from orders.models import Card, OrderItem, Purchase
from steller.database import now
from tests import factories
from tests.integration.api.asking import assert_problem, walk
from tests.integration.deciding.stuck import cards_missing, never_arrived
from tests.shop import check_books

WHY = "Ticket 4711"


def to_review(**fields):
    return factories.PurchaseFactory(review_at=now(), review_reason="look at it", **fields)


def on_hold(**fields):
    return factories.OrderItemFactory(status="on_hold", on_hold_reason="cost above sale price", **fields)


def without_line(**fields):
    card = factories.make_card(
        factories.OrderItemFactory(),
        code=uuid.uuid4().hex,
        number=Card.objects.count() + 1,
        purchase=factories.PurchaseFactory(status="settled"),
    )
    Card.objects.filter(pk=card.pk).update(item=None, **fields)
    return card


class TestTheList:
    def test_counts_each_kind(self, support):
        to_review()
        closed = to_review()
        Purchase.objects.filter(pk=closed.pk).update(review_closed_at=now())
        on_hold()
        without_line()
        without_line(is_duplicate=True)
        without_line(status="written_off")
        factories.make_card(factories.OrderItemFactory(), code="DELIVERED", number=99)

        counts = {kind: pile["count"] for kind, pile in support.get("/api/staff/review").json().items()}

        assert counts == {"purchases": 1, "lines_on_hold": 1, "surplus_cards": 1, "duplicate_cards": 1}

    def test_leaves_out_cards_that_their_own_lines_may_still_get(self, support):
        card = without_line()
        Purchase.objects.filter(pk=card.purchase_id).update(status="placed")

        assert support.get("/api/staff/review").json()["surplus_cards"]["count"] == 0

    @pytest.mark.parametrize(
        ("address", "make"),
        [
            ("/api/staff/review/purchase", to_review),
            ("/api/staff/review/line", on_hold),
            ("/api/staff/review/card", without_line),
            ("/api/staff/review/card?kind=duplicate", lambda: without_line(is_duplicate=True)),
        ],
    )
    def test_is_paged_in_a_constant_number_of_queries(self, support, address, make, django_assert_num_queries):
        expected = {str(make().pk) for _ in range(5)}

        with django_assert_num_queries(4):
            support.get(address)
        pages = walk(support, address, 2)

        assert [len(page) for page in pages] == [2, 2, 1]
        assert {row["id"] for page in pages for row in page} == expected

    def test_shows_no_whole_serial_number(self, support):
        card = without_line(serial_number="SERIAL-0123456789")

        [row] = support.get("/api/staff/review/card").json()["results"]

        assert row["serial_number"] == "•••6789"
        assert card.code not in str(row)

    def test_says_how_many_lines_a_purchase_carries(self, support):
        purchase = to_review()
        factories.OrderItemFactory.create_batch(3, purchase=purchase)

        [row] = support.get("/api/staff/review/purchase").json()["results"]

        assert row["lines"] == 3


class TestDecisions:
    def test_not_bought_waits_for_a_second_person(self, support, as_staff, shop):
        purchase = never_arrived(shop, (shop.partner(), shop.products()[0], 2))
        address = f"/api/staff/review/purchase/{purchase.pk}/not-bought"

        first = support.post(address, {"lines": "fail", "reason": WHY})
        assert (first.status_code, first.json()["proposed_decision"]) == (202, "not_bought_fail")
        second = as_staff("finance").post(address, {"lines": "fail", "reason": WHY})
        assert (second.status_code, second.json()["status"]) == (200, "refused")
        check_books()

    def test_not_coming_settles_what_came(self, support, shop):
        _, purchase = cards_missing(shop, shop.partner(), shop.products()[0], 3)

        answer = support.post(f"/api/staff/review/purchase/{purchase.pk}/not-coming", {"reason": WHY})

        assert (answer.status_code, answer.json()["status"]) == (200, "settled")
        check_books()

    def test_close_and_read(self, support, shop):
        _, purchase = cards_missing(shop, shop.partner(), shop.products()[0], 3)

        assert support.post(f"/api/staff/review/purchase/{purchase.pk}/read", {"reason": WHY}).status_code == 200
        closed = support.post(f"/api/staff/review/purchase/{purchase.pk}/close", {"reason": WHY})

        assert closed.json()["review_closed_at"]

    def test_assign_write_off_and_refund(self, support, as_staff, shop):
        shop.order(shop.partner(fund="100"), (shop.products()[0], 3))
        shop.work()
        card = Card.objects.first()
        finance = as_staff("finance")

        assign = support.post(
            f"/api/staff/review/line/{OrderItem.objects.get().pk}/assign", {"card_ids": [str(card.pk)], "reason": WHY}
        )
        write_off = support.post("/api/staff/review/card/write-off", {"card_ids": [str(card.pk)], "reason": WHY})
        body = {"request_id": str(uuid.uuid4()), "amount": "2.50", "reason": WHY}
        refund = finance.post(f"/api/staff/card/{card.pk}/refund", body)

        assert_problem(assign, 409, "state_conflict")
        assert_problem(write_off, 409, "state_conflict")
        assert (refund.status_code, refund.json()["amount"]) == (200, "2.50")
        assert_problem(support.post(f"/api/staff/card/{card.pk}/refund", body), 403, "permission_denied")
        check_books()

    def test_fail_a_line_on_hold(self, support, shop):
        placed = shop.order(shop.partner(fund="100"), (shop.products()[0], 1))
        OrderItem.objects.update(status="on_hold", on_hold_reason="cost above sale price")

        answer = support.post(f"/api/staff/review/line/{placed.items[0].pk}/fail", {"reason": WHY})

        assert answer.json()["status"] == "failed"
        assert answer.json()["released_amount"] == "10.00"
        check_books()

    @pytest.mark.parametrize(
        ("address", "body"),
        [
            ("purchase/{purchase}/close", {}),
            ("purchase/{purchase}/read", {}),
            ("purchase/{purchase}/not-bought", {"lines": "fail"}),
            ("purchase/{purchase}/not-coming", {}),
            ("line/{line}/release", {}),
            ("line/{line}/fail", {}),
            ("line/{line}/assign", {"card_ids": [str(uuid.uuid4())]}),
            ("card/write-off", {"card_ids": [str(uuid.uuid4())]}),
        ],
    )
    def test_need_a_permission_and_a_reason(self, as_staff, address, body):
        address = f"/api/staff/review/{address.format(purchase=to_review().pk, line=on_hold().pk)}"

        refused = as_staff("auditor").post(address, {**body, "reason": WHY})
        unexplained = as_staff("support").post(address, body)

        assert_problem(refused, 403, "permission_denied")
        assert "reason" in assert_problem(unexplained, 400, "invalid_request")["errors"]

    @pytest.mark.parametrize("address", ["", "/purchase", "/line", "/card"])
    def test_are_not_shown_to_partners(self, buyer, address):
        assert buyer.api.get(f"/api/staff/review{address}").status_code in {401, 403}
