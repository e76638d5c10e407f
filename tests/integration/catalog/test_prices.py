"""What partners pay: lists and orders agree, nothing is sold below cost, and every refusal names its line."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from bamboo.models import Account
from catalog import queries, services
from catalog.models import CommissionRule, Product
from catalog.queries import LineRequest, PricedLine
from steller import errors
from tests.factories import AccountFactory, BrandFactory, CommissionRuleFactory, PartnerFactory, ProductFactory
from wallets.models import ExchangeRate

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> int:
    AccountFactory.create()
    CommissionRuleFactory.create()
    return int(PartnerFactory.create().pk)


def line(product: Product, face: str = "10", quantity: int = 1) -> LineRequest:
    return LineRequest(product.pk, Decimal(face), quantity)


def price(partner: int, *lines: LineRequest, currency: str = "USD") -> list[PricedLine]:
    return queries.price_lines(partner_id=partner, currency=currency, mode="live", lines=lines)


def product_in(currency: str, *, price_currency: str = "", **fields: Any) -> Product:
    product: Product = ProductFactory.create(brand=BrandFactory.create(currency=currency), **fields)
    if price_currency:
        product.prices.update(currency=price_currency)
    return product


def rate(currency: str, value: str, *, hours: float = 0) -> None:
    read_at = timezone.now() - timedelta(hours=hours)
    ExchangeRate.objects.create(base_id="USD", currency_id=currency, value=Decimal(value), read_at=read_at)


class TestPriceLines:
    def test_a_line_in_one_currency(self, partner: int, django_assert_num_queries: Any) -> None:
        CommissionRuleFactory.create(partner_id=partner, value=Decimal(5))
        product, another = ProductFactory.create_batch(2)
        price(partner, line(product))

        with django_assert_num_queries(2):
            priced, other = price(partner, line(product, "20", 3), line(another))

        assert (priced.unit_price, priced.sale_amount) == (Decimal("21.00"), Decimal("63.00"))
        assert (priced.unit_cost, priced.break_even_cost) == (Decimal("19.0000"), Decimal("21.0000"))
        assert priced.account_id == Account.objects.get().pk
        assert priced.supplier_product_id == product.supplier_id
        assert priced.parts["commission"] == "+5%"
        assert "rate_read_at" not in priced.parts
        assert other.unit_price == Decimal("10.50")

    def test_a_line_across_currencies(self, partner: int, django_assert_num_queries: Any) -> None:
        rate("EUR", "0.8")
        rate("JPY", "150")
        product = product_in("EUR")
        price(partner, line(product), currency="JPY")

        with django_assert_num_queries(3):
            (priced,) = price(partner, line(product), currency="JPY")

        assert priced.unit_price == Decimal(1875)
        assert priced.currency == priced.supplier_currency == "EUR"
        # 9.5 EUR are 11.875 USD, in the account's currency.
        assert priced.unit_cost == Decimal("11.875")
        assert priced.break_even_cost == Decimal(10)
        assert set(priced.parts) >= {"rate_read_at", "cost_rate_read_at", "account_rate_read_at"}

    def test_the_account_in_the_price_s_currency_pays(self, partner: int) -> None:
        euro = AccountFactory.create(currency="EUR", supplier_id=1)
        AccountFactory.create(currency="EUR", supplier_id=2)
        AccountFactory.create(currency="EUR", mode="test")

        (priced,) = price(partner, line(product_in("EUR")), currency="EUR")

        assert priced.account_id == euro.pk
        assert priced.unit_cost == Decimal("9.5")

    def test_a_discount_below_cost_costs_what_it_costs(self, partner: int) -> None:
        CommissionRuleFactory.create(partner_id=partner, basis="included", value=Decimal(20))

        (priced,) = price(partner, line(ProductFactory.create(cost="0.9512")))

        assert priced.unit_price == Decimal("9.52")
        assert (priced.break_even_cost, priced.unit_cost) == (Decimal("9.52"), Decimal("9.512"))

    def test_five_queries_would_be_too_many_for_a_hundred_lines(
        self, partner: int, django_assert_num_queries: Any
    ) -> None:
        lines = [line(product) for product in ProductFactory.create_batch(100)]
        price(partner, *lines)

        with django_assert_num_queries(2):
            price(partner, *lines)


class TestRefusals:
    def refused(
        self, partner: int, error: type[errors.DomainError], *lines: LineRequest, currency: str = "USD"
    ) -> None:
        good = line(ProductFactory.create())
        with pytest.raises(error) as caught:
            price(partner, good, *lines, currency=currency)
        assert caught.value.item == 1

    def test_an_unknown_product(self, partner: int) -> None:
        self.refused(partner, errors.ProductUnknownError, LineRequest(0, Decimal(10), 1))

    def test_a_withdrawn_product_or_brand(self, partner: int) -> None:
        now = timezone.now()
        self.refused(partner, errors.ProductWithdrawnError, line(ProductFactory.create(withdrawn_at=now)))
        gone = ProductFactory.create(brand__withdrawn_at=now)
        self.refused(partner, errors.ProductWithdrawnError, line(gone))

    @pytest.mark.parametrize("quantity", [0, -1, 501])
    def test_quantities(self, partner: int, quantity: int) -> None:
        product = ProductFactory.create()
        self.refused(partner, errors.QuantityInvalidError, line(product, quantity=quantity))

    @pytest.mark.parametrize("face", ["4.99", "500.01", "-10", "0", "NaN", "Infinity", "10.001"])
    def test_face_values(self, partner: int, face: str) -> None:
        self.refused(partner, errors.FaceValueOutOfRangeError, line(ProductFactory.create(), face))

    def test_a_fixed_card_has_one_face_value(self, partner: int) -> None:
        fixed = ProductFactory.create(max_face_value=Decimal(5))
        self.refused(partner, errors.FaceValueOutOfRangeError, line(fixed, "5.01"))
        assert price(partner, line(fixed, "5.0"))

    def test_whole_coins_only(self, partner: int) -> None:
        rate("JPY", "150")
        yen = product_in("JPY", min_face_value=Decimal("0.5"))
        assert price(partner, line(yen, "0.5"))
        assert price(partner, line(yen, "7.00"))
        self.refused(partner, errors.FaceValueOutOfRangeError, line(yen, "7.5"))

    def test_the_stock_counts_all_lines_of_a_product(self, partner: int) -> None:
        scarce = ProductFactory.create(stock=5)
        assert price(partner, line(scarce, quantity=5))
        self.refused(partner, errors.OutOfStockError, line(scarce, quantity=3), line(scarce, "20", quantity=3))

    def test_a_refused_product_is_out_of_stock(self, partner: int) -> None:
        refused = ProductFactory.create()
        services.mark_refused([refused.pk])
        self.refused(partner, errors.OutOfStockError, line(refused))

    def test_no_price_of_the_supplier(self, partner: int) -> None:
        bare = ProductFactory.create()
        bare.prices.update(until=timezone.now())
        self.refused(partner, errors.PriceUnavailableError, line(bare))

    def test_no_rule(self, partner: int) -> None:
        CommissionRule.objects.update(currency="USD")
        rate("EUR", "0.8")
        self.refused(partner, errors.PriceUnavailableError, line(product_in("EUR")))

    def test_no_rate(self, partner: int) -> None:
        self.refused(partner, errors.PriceUnavailableError, line(product_in("EUR")))

    def test_a_stale_rate(self, partner: int) -> None:
        rate("EUR", "0.8", hours=7)
        self.refused(partner, errors.RateStaleError, line(product_in("EUR")))

    def test_a_free_card(self, partner: int) -> None:
        CommissionRuleFactory.create(partner_id=partner, basis="included", kind="fixed", value=Decimal(10))
        free = ProductFactory.create()
        free.prices.update(min=0, max=0)
        with pytest.raises(errors.PriceUnavailableError):
            price(partner, line(free))

    def test_no_account(self, partner: int) -> None:
        Account.objects.update(currency="EUR")
        with pytest.raises(errors.UnavailableError):
            price(partner, line(ProductFactory.create()))


class TestLists:
    def test_a_list_shows_what_an_order_costs(self, partner: int, django_assert_num_queries: Any) -> None:
        rate("EUR", "0.8")
        CommissionRuleFactory.create(partner_id=partner, basis="included", value=Decimal(4))
        for cost in ("0.9", "0.98765", "1.2"):
            ProductFactory.create(cost=cost)
            product_in("EUR", cost=cost, price_currency="USD")

        with django_assert_num_queries(5):
            rules = queries.rules_for(partner_id=partner)
            shown = [
                (product, queries.sale_price_range(product, rules=rules))
                for product in queries.product_list(partner_id=partner)
            ]

        assert len(shown) == 6
        for product, prices in shown:
            assert prices is not None
            low, high = price(partner, line(product, "5"), line(product, "500"), currency=prices.currency)
            assert (low.unit_price, high.unit_price) == (prices.min, prices.max)

    def test_what_cannot_be_ordered_has_no_price(self, partner: int) -> None:
        rate("EUR", "0.8", hours=7)
        CommissionRuleFactory.create(partner_id=partner, basis="included", kind="fixed", value=Decimal(500))
        bare, free = ProductFactory.create(), ProductFactory.create()
        bare.prices.update(until=timezone.now())
        free.prices.update(min=0, max=0)
        product_in("EUR", price_currency="USD")
        product_in("EUR", price_currency="GBP")
        product_in("BTC")

        rules = queries.rules_for(partner_id=partner)
        shown = queries.product_list(partner_id=partner)

        assert [queries.sale_price_range(product, rules=rules) for product in shown] == [None] * 5

    def test_without_rules_there_are_no_prices(self) -> None:
        ProductFactory.create()
        rules = queries.rules_for(partner_id=PartnerFactory.create().pk)

        assert [queries.sale_price_range(each, rules=rules) for each in queries.product_list(partner_id=1)] == [None]

    def test_rules_of_other_partners_and_other_times_do_not_count(self, partner: int) -> None:
        now, hour = timezone.now(), timedelta(hours=1)
        CommissionRuleFactory.create(partner=PartnerFactory.create(), value=Decimal(9))
        CommissionRuleFactory.create(partner_id=partner, value=Decimal(8), starts_at=now + hour)
        CommissionRuleFactory.create(partner_id=partner, value=Decimal(7), ends_at=now - hour)

        assert price(partner, line(ProductFactory.create()))[0].unit_price == 10

    def test_withdrawn_things_are_not_listed(self) -> None:
        shown = ProductFactory.create()
        ProductFactory.create(withdrawn_at=timezone.now())
        ProductFactory.create(brand__withdrawn_at=timezone.now())

        assert list(queries.product_list(partner_id=1)) == [shown]
        assert queries.brand_list().count() == 2
        assert not queries.category_list().exists()

    def test_stock(self) -> None:
        cases: list[dict[str, Any]] = [{}, {"stock": 1}, {"stock": 0}, {"refused_at": timezone.now()}]

        assert [queries.in_stock(Product(**case)) for case in cases] == [
            True, True, False, False
        ]  # fmt: skip


class TestUnitCosts:
    def test_one_query_for_all(self, django_assert_num_queries: Any) -> None:
        cheap, dear, bare = (
            ProductFactory.create(cost="0.5"),
            ProductFactory.create(cost="1.5"),
            ProductFactory.create(),
        )
        bare.prices.update(until=timezone.now())
        wanted = {
            (cheap.pk, Decimal(10)),
            (cheap.pk, Decimal(20)),
            (dear.pk, Decimal(10)),
            (dear.pk, Decimal(1000)),
            (bare.pk, Decimal(10)),
        }

        with django_assert_num_queries(1):
            costs = queries.unit_costs(wanted=wanted)

        assert costs == {
            (cheap.pk, Decimal(10)): Decimal(5),
            (cheap.pk, Decimal(20)): Decimal(10),
            (dear.pk, Decimal(10)): Decimal(15),
        }


class TestSetPartnerCommission:
    def commission(self, partner: int, **changes: Any) -> int:
        given: dict[str, Any] = {"kind": "percent", "basis": "extra", "value": Decimal(3), "actor": "user:1"}
        return services.set_partner_commission(partner_id=partner, **given | changes)

    def test_replaces_the_general_rule_and_keeps_its_history(self, partner: int) -> None:
        product = ProductFactory.create()
        narrow = CommissionRuleFactory.create(partner_id=partner, currency="EUR")
        first = self.commission(partner)
        assert price(partner, line(product))[0].unit_price == Decimal("10.30")

        second = self.commission(partner, value=Decimal(1))

        assert price(partner, line(product))[0].unit_price == Decimal("10.10")
        rules = CommissionRule.objects.in_bulk()
        assert rules[first].ends_at == rules[second].starts_at is not None
        assert (rules[second].created_by, rules[first].updated_by) == ("user:1", "user:1")
        assert rules[narrow.pk].ends_at is None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"kind": "some"},
            {"basis": "some"},
            {"value": Decimal(-1)},
            {"value": Decimal("NaN")},
            {"value": Decimal(10) ** 6},
            {"basis": "included", "value": Decimal(100)},
        ],
    )
    def test_refuses_what_cannot_be(self, partner: int, wrong: dict[str, Any]) -> None:
        with pytest.raises(errors.InvalidRequestError):
            self.commission(partner, **wrong)
        assert CommissionRule.objects.count() == 1
