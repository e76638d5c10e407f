"""Each kind of difference, put into the supplier's books, is found; nothing else is."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from orders.models import OrderItem, Purchase, ReconciliationDifference, SupplierTransaction
from orders.states import LineStatus, PurchaseStatus

ZERO = Decimal(0)


def unexplained(books, run):
    return sum(books.unexplained(run).values(), ZERO)


class TestSoundBooks:
    def test_of_many_orders_with_failures_among_them_show_no_difference(self, books):
        shop, chance = books.shop, random.Random(7)
        partners = [shop.partner() for _ in range(4)]
        goods = [*shop.products(6), *shop.products(3, currency="EUR")]
        for fault in ("partial", "failed", "late_cards", "accept_then_drop", "paused_card", "partial"):
            shop.supplier.fault(fault, skip=chance.randrange(3))
            for partner in partners:
                shop.order(partner, *((product, chance.randint(1, 3)) for product in chance.sample(goods, 3)))
            shop.work()
        shop.work(minutes=30, step=30)
        assert not OrderItem.objects.exclude(settled_at__isnull=False).exists()
        assert OrderItem.objects.filter(status=LineStatus.PARTIALLY_DELIVERED).exists()
        books.age()

        run = books.run()

        assert (run.status, books.found(run), unexplained(books, run)) == ("done", [], ZERO)
        assert run.purchases_checked == Purchase.objects.filter(status=PurchaseStatus.SETTLED).count()
        assert run.lines_read == SupplierTransaction.objects.count()
        for figure in run.figures.all():
            assert figure.charged == figure.recorded > 0

    @pytest.mark.usefixtures("purchases")
    def test_are_sound_however_untidy_the_report_is(self, books):
        books.shop.supplier.set(report_untidy=True)

        run = books.run()

        assert (books.found(run), unexplained(books, run), run.lines_read) == ([], ZERO, 3)

    def test_of_no_orders_at_all_are_sound(self, books):
        run = books.run()

        assert (run.status, run.lines_read, list(run.figures.all())) == ("done", 0, [])

    def test_include_what_a_person_paid_in_as_a_line_to_explain(self, books, purchases):
        books.shop.supplier.balance(9001, "20000000")

        run = books.run()

        (kind, _amount), *others = books.found(run)
        assert (kind, others) == ("unknown", [])
        assert run.differences.get().detail == "a line of type TopUp"


class TestADifferenceInTheBooks:
    @pytest.fixture
    def bought(self, purchases):
        return purchases[1]

    def test_of_a_cent_in_the_charge_is_a_difference_of_price(self, books, bought):
        books.defect("change_amount", bought, amount=str(bought.total + Decimal("0.0001")))

        run = books.run()

        assert books.found(run) == [("price", Decimal("0.0001"))]
        assert books.unexplained(run) == {"USD": Decimal("0.0001")}

    def test_in_which_a_charge_is_missing_is_a_card_without_charge(self, books, bought):
        books.defect("leave_out", bought)

        run = books.run()

        assert books.found(run) == [("card_without_charge", -bought.total)]
        assert books.unexplained(run) == {"USD": bought.total}

    def test_in_which_a_young_charge_is_missing_is_a_matter_of_timing(self, books, bought):
        Purchase.objects.filter(pk=bought.pk).update(settled_at=datetime.now(UTC) - timedelta(hours=1))
        books.defect("leave_out", bought)

        run = books.run()

        assert books.found(run) == [("timing", -bought.total)]
        assert (unexplained(books, run), run.figures.get().timing) == (ZERO, bought.total)

    def test_in_which_a_charge_stands_twice_is_a_duplicate(self, books, bought):
        books.defect("repeat", bought)

        run = books.run()

        assert books.found(run) == [("duplicate_charge", bought.total)]
        assert books.unexplained(run) == {"USD": bought.total}

    def test_in_which_two_lines_make_the_total_together_is_none(self, books, bought):
        part = Decimal("1.5")
        books.defect("change_amount", bought, amount=str(bought.total - part))
        books.defect("add", bought, amount=str(part))

        assert books.found(books.run()) == []

    def test_in_which_a_charge_names_an_unknown_request_is_unknown(self, books, bought):
        books.defect("add", request_id=str(uuid.uuid4()), amount="7.7")

        run = books.run()

        assert books.found(run) == [("unknown", Decimal("7.7"))]
        assert run.differences.get().detail == "a charge whose RequestId is none of ours"

    @pytest.mark.parametrize("kind", ["Refund", "TopUp", "Fee"])
    def test_of_an_unknown_type_is_shown_with_its_type(self, books, bought, kind):
        books.defect("add", bought, type=kind, amount="3.5")

        run = books.run()

        assert books.found(run) == [("unknown", Decimal("3.5"))]
        difference = run.differences.get()
        assert (difference.detail, difference.purchase_id) == (f"a line of type {kind}", bought.pk)
        assert run.figures.get().other == Decimal("3.5")

    def test_of_the_running_balance_is_placed_at_its_line(self, books, bought):
        books.defect("break_balance", bought, amount="-12.5")

        run = books.run()

        assert books.found(run) == [("broken_balance", Decimal("-12.5"))]
        assert run.differences.get().line.request_id == bought.supplier_request_id

    def test_of_all_kinds_at_once_is_each_found_once(self, books, purchases):
        first, second, third = purchases
        books.defect("change_amount", first, amount=str(first.total + 1))
        books.defect("repeat", second)
        books.defect("leave_out", third)
        books.defect("add", type="Refund", amount="5")
        books.defect("break_balance", second, amount="2")

        run = books.run()

        assert sorted(kind for kind, _ in books.found(run)) == [
            "broken_balance",
            "card_without_charge",
            "duplicate_charge",
            "price",
            "unknown",
        ]
        assert unexplained(books, run) == 1 + second.total + third.total + 5 + 2


class TestAPurchase:
    def test_that_cost_more_than_the_catalog_said_is_a_difference_of_price(self, books):
        books.shop.supplier.fault("overcharge")
        books.shop.order(books.shop.partner(), (books.shop.products()[0], 2))
        books.shop.work()
        books.age()

        run = books.run()

        purchase = Purchase.objects.get()
        assert books.found(run) == [("price", purchase.total - purchase.expected_cost)]

    def test_that_failed_and_was_charged_is_a_charge_without_card(self, books):
        books.shop.supplier.fault("failed")
        books.shop.order(books.shop.partner(), (books.shop.products()[0], 2))
        books.shop.work()
        books.age()
        books.defect("add", Purchase.objects.get(), amount="18.94")

        run = books.run()

        assert books.found(run) == [("charged_without_card", Decimal("18.94"))]

    def test_that_was_refused_and_charged_is_a_charge_without_card(self, books):
        books.shop.supplier.fault("refuse", code="InvalidProduct", times=None)
        books.shop.order(books.shop.partner(), (books.shop.products()[0], 1))
        books.shop.work()
        refused = Purchase.objects.filter(status=PurchaseStatus.REFUSED).first()
        books.defect("add", refused, amount="9.47")

        run = books.run()

        assert books.found(run) == [("charged_without_card", Decimal("9.47"))]

    def test_that_is_charged_and_still_open_is_a_matter_of_timing_for_a_day(self, books):
        books.shop.supplier.fault("sold_without_code")
        books.shop.order(books.shop.partner(), (books.shop.products()[0], 1))
        books.shop.round()
        assert Purchase.objects.get().status == PurchaseStatus.PLACED

        run = books.run()
        assert [kind for kind, _ in books.found(run)] == ["timing"]

        Purchase.objects.update(first_sent_at=datetime.now(UTC) - timedelta(hours=25))
        later = books.run()
        assert [kind for kind, _ in books.found(later)] == ["charged_without_card"]

    def test_that_is_open_and_not_charged_is_no_difference(self, books):
        books.shop.supplier.fault("never_final")
        books.shop.order(books.shop.partner(), (books.shop.products()[0], 1))
        books.shop.round()

        assert books.found(books.run()) == []


class TestALineThatChanges:
    def test_after_it_was_stored_is_told_and_stays_as_it_was(self, books, purchases):
        books.run()
        books.defect("change_amount", purchases[0], amount="1")
        stored = SupplierTransaction.objects.get(request_id=purchases[0].supplier_request_id)

        run = books.run()

        kinds = [kind for kind, _ in books.found(run)]
        assert "changed_line" in kinds
        assert SupplierTransaction.objects.get(pk=stored.pk).amount == stored.amount
        assert ReconciliationDifference.objects.filter(kind="price").count() == 0
