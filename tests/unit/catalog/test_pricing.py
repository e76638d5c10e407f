"""The arithmetic of prices, as properties: whatever the numbers, we never sell below cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pricing import (
    Rule,
    SupplierPrice,
    Terms,
    break_even_cost,
    converted_cost,
    discount_percent,
    precedence,
    price_card,
    winning_rule,
)
from wallets.pricing import Rate, RateTable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CENT = Decimal("0.01")


def amounts(low: Any = "0.0001", high: Any = "100000") -> Any:
    return st.decimals(Decimal(low), Decimal(high), places=4)


rates = st.decimals(Decimal("0.000001"), Decimal(100000), places=10)
places = st.sampled_from([0, 2, 3])


@st.composite
def supplier_prices(draw: Any) -> Any:
    faces = sorted(draw(st.lists(amounts("0.01"), min_size=2, max_size=2)))
    costs = sorted(draw(st.lists(amounts(), min_size=2, max_size=2)))
    if faces[0] == faces[1]:
        costs[1] = costs[0]
    return SupplierPrice(faces[0], faces[1], costs[0], costs[1], "USD")


@st.composite
def offers(draw: Any) -> Any:
    supplier = draw(supplier_prices())
    inside = st.decimals(supplier.min_face, supplier.max_face, places=4)
    return supplier, draw(inside)


def rule(**given: Any) -> Any:
    fields = {
        "id": 1,
        "partner_id": None,
        "product_id": None,
        "brand_id": None,
        "currency": "",
        "percent": True,
        "included": False,
        "value": Decimal(0),
    }
    return Rule(**fields | given)


@st.composite
def rules(draw: Any) -> Any:
    percent, included = draw(st.booleans()), draw(st.booleans())
    value = draw(st.decimals(Decimal(0), Decimal("99.9999"), places=4))
    return rule(percent=percent, included=included, value=value)


@st.composite
def many_rules(draw: Any) -> Any:
    """Rules that fit product 7 of brand 3 in USD now, and some that do not."""
    ago = draw(st.sampled_from([None, 1, 2, -1]))
    return rule(
        id=draw(st.integers(1, 50)),
        partner_id=draw(st.sampled_from([None, 1])),
        product_id=draw(st.sampled_from([None, 7, 8])),
        brand_id=draw(st.sampled_from([None, 3, 4])),
        currency=draw(st.sampled_from(["", "USD", "EUR"])),
        starts_at=None if ago is None else NOW - timedelta(days=ago),
    )


class TestSupplierCost:
    def test_a_fixed_card_costs_its_price(self) -> None:
        price = SupplierPrice(Decimal(10), Decimal(10), Decimal("9.47"), Decimal("9.47"), "USD")

        assert price.cost(Decimal(10)) == Decimal("9.47")

    @pytest.mark.parametrize(("face", "cost"), [("5", "4.8"), ("200", "192"), ("102.5", "98.4"), ("5.0001", "4.8001")])
    def test_a_range_costs_what_lies_between_its_ends(self, face: Any, cost: Any) -> None:
        price = SupplierPrice(Decimal(5), Decimal(200), Decimal("4.8"), Decimal(192), "USD")

        assert price.cost(Decimal(face)) == Decimal(cost)

    @given(offers())
    def test_it_lies_between_both_ends(self, offer: Any) -> None:
        supplier, face = offer

        assert supplier.min <= supplier.cost(face) <= supplier.max

    @given(supplier_prices())
    def test_the_ends_are_exact(self, supplier: Any) -> None:
        assert supplier.cost(supplier.min_face) == supplier.min
        assert supplier.cost(supplier.max_face) == supplier.max


class TestPriceCard:
    def price(
        self,
        offer: Any,
        rule: Any,
        *,
        face_rate: Any = Decimal(1),
        cost_rate: Any = Decimal(1),
        places: Any = 2,
        margin: Any = Decimal(0),
    ) -> Any:
        supplier, face = offer
        return price_card(face, supplier=supplier, rule=rule, terms=Terms(face_rate, cost_rate, places, margin))

    @given(offers(), rules(), rates, rates, places)
    def test_never_below_cost(self, offer: Any, rule: Any, face_rate: Any, cost_rate: Any, places: Any) -> None:
        price = self.price(offer, rule, face_rate=face_rate, cost_rate=cost_rate, places=places)

        assert price.unit_price >= price.cost * cost_rate

    @given(offers(), rules(), rates, rates, places, st.decimals(0, 300, places=2))
    def test_never_below_the_minimum_margin(
        self, offer: Any, rule: Any, face_rate: Any, cost_rate: Any, places: Any, margin: Any
    ) -> None:
        price = self.price(offer, rule, face_rate=face_rate, cost_rate=cost_rate, places=places, margin=margin)

        assert price.unit_price >= price.cost * cost_rate * (1 + margin / 100)
        assert price.unit_price >= price.floor
        if not price.is_raised:
            assert abs(price.unit_price - price.by_rule) <= Decimal(1).scaleb(-places)

    @given(offers(), rules(), st.decimals(0, 50, places=2), st.decimals(0, 50, places=2))
    def test_a_higher_margin_never_makes_it_cheaper(self, offer: Any, rule: Any, margin: Any, more: Any) -> None:
        assert (
            self.price(offer, rule, margin=margin + more).unit_price
            >= self.price(offer, rule, margin=margin).unit_price
        )

    @given(offers(), rules(), rates, rates, places)
    def test_is_a_whole_number_of_coins(
        self, offer: Any, rule: Any, face_rate: Any, cost_rate: Any, places: Any
    ) -> None:
        price = self.price(offer, rule, face_rate=face_rate, cost_rate=cost_rate, places=places)

        coins = price.unit_price.scaleb(places)
        assert coins == coins.to_integral_value()
        assert coins >= 1

    @given(offers(), rules(), rates, rates, places)
    def test_the_break_even_holds(self, offer: Any, rule: Any, face_rate: Any, cost_rate: Any, places: Any) -> None:
        price = self.price(offer, rule, face_rate=face_rate, cost_rate=cost_rate, places=places)

        assert price.break_even_cost >= price.cost
        assert price.break_even_cost * cost_rate <= price.unit_price
        assert (price.break_even_cost + Decimal("0.0001")) * cost_rate > price.unit_price

    @given(offers(), rules(), rates, places)
    def test_the_guard_adds_less_than_a_coin_to_the_cost(
        self, offer: Any, rule: Any, cost_rate: Any, places: Any
    ) -> None:
        supplier, face = offer
        tiny = Decimal("0.0000000001")

        price = self.price(offer, rule, face_rate=tiny, cost_rate=cost_rate, places=places)

        if rule.price(face) * tiny < supplier.cost(face) * cost_rate:
            assert price.unit_price - price.cost * cost_rate < Decimal(1).scaleb(-places)

    @given(offers(), rules())
    def test_the_price_is_the_face_value_and_commission_unless_the_guard_steps_in(self, offer: Any, rule: Any) -> None:
        supplier, face = offer

        price = self.price(offer, rule)

        if rule.price(face) >= supplier.cost(face) + CENT:
            assert abs(price.unit_price - rule.price(face)) <= CENT / 2

    @pytest.mark.parametrize(
        ("given_rule", "expected"),
        [
            (rule(value=Decimal(5)), "10.50"),
            (rule(value=Decimal(5), included=True), "9.50"),
            (rule(value=Decimal("0.25"), percent=False), "10.25"),
            (rule(value=Decimal("0.25"), percent=False, included=True), "9.75"),
            (rule(value=Decimal(50), included=True), "9.01"),
            (rule(value=Decimal("0.05")), "10.01"),
        ],
    )
    def test_examples(self, given_rule: Any, expected: Any) -> None:
        supplier = SupplierPrice(Decimal(10), Decimal(10), Decimal("9.0001"), Decimal("9.0001"), "USD")

        assert str(self.price((supplier, Decimal(10)), given_rule).unit_price) == expected

    def test_a_free_card_has_no_price(self) -> None:
        supplier = SupplierPrice(Decimal(10), Decimal(10), Decimal(0), Decimal(0), "USD")
        free = rule(percent=False, included=True, value=Decimal(10))

        assert self.price((supplier, Decimal(10)), free) is None


class TestConvertedCost:
    @given(amounts(), rates)
    def test_is_rounded_up(self, cost: Any, rate: Any) -> None:
        converted = converted_cost(cost, rate)

        assert 0 <= converted - cost * rate < Decimal("0.0001")

    @given(amounts(), rates)
    def test_break_even_undoes_it_within_a_step(self, cost: Any, rate: Any) -> None:
        back = break_even_cost(converted_cost(cost, rate), rate)

        assert back >= cost
        assert back - cost <= Decimal("0.0001") / rate + Decimal("0.0001")


class TestWinningRule:
    def wins(self, *rules: Any, at: Any = NOW) -> Any:
        return winning_rule(rules, product_id=7, brand_id=3, currency="USD", at=at)

    def test_the_most_specific_rule_wins_whatever_the_order(self) -> None:
        ranked = [
            rule(id=20),
            rule(id=19, currency="USD"),
            rule(id=18, brand_id=3),
            rule(id=17, brand_id=3, currency="USD"),
            rule(id=16, product_id=7),
            rule(id=15, partner_id=1),
            rule(id=14, partner_id=1, currency="USD"),
            rule(id=13, partner_id=1, brand_id=3),
            rule(id=12, partner_id=1, product_id=7),
        ]

        for best in range(1, len(ranked) + 1):
            assert self.wins(*ranked[:best]).id == ranked[best - 1].id
            assert self.wins(*reversed(ranked[:best])).id == ranked[best - 1].id

    def test_of_equals_the_later_start_then_the_newer_one_wins(self) -> None:
        old = rule(id=1, starts_at=NOW - timedelta(days=2))
        new = rule(id=2, starts_at=NOW - timedelta(days=1))
        newest = rule(id=3, starts_at=NOW - timedelta(days=1))

        assert self.wins(new, old, rule(id=9)).id == 2
        assert self.wins(newest, new, old).id == 3

    @pytest.mark.parametrize(
        "other", [{"product_id": 8}, {"brand_id": 4}, {"currency": "EUR"}, {"product_id": 7, "brand_id": 4}]
    )
    def test_rules_about_other_things_do_not_count(self, other: Any) -> None:
        assert self.wins(rule(**other)) is None

    @pytest.mark.parametrize(
        ("starts", "ends", "holds"),
        [(None, None, True), (0, None, True), (1, None, False), (None, 0, False), (None, 1, True), (-1, 1, True)],
    )
    def test_only_rules_in_force_count(self, starts: Any, ends: Any, holds: Any) -> None:
        def moment(seconds: Any) -> Any:
            return None if seconds is None else NOW + timedelta(seconds=seconds)

        assert (self.wins(rule(starts_at=moment(starts), ends_at=moment(ends))) is not None) is holds

    def test_no_rule_means_no_price(self) -> None:
        assert self.wins() is None

    @given(st.lists(many_rules(), max_size=8, unique_by=lambda each: each.id), st.randoms())
    def test_the_order_is_total_so_the_winner_does_not_depend_on_chance(self, given_rules: Any, random: Any) -> None:
        shuffled = random.sample(given_rules, len(given_rules))

        assert self.wins(*given_rules) == self.wins(*shuffled)
        assert len({precedence(each) for each in given_rules}) == len(given_rules)

    @given(st.lists(many_rules(), min_size=1, max_size=8, unique_by=lambda each: each.id))
    def test_no_other_rule_is_more_specific_than_the_winner(self, given_rules: Any) -> None:
        winner = self.wins(*given_rules)

        fitting = [each for each in given_rules if self.wins(each) is not None]
        assert (winner is None) is (fitting == [])
        for other in fitting:
            own = (winner.partner_id is not None, winner.product_id is not None, winner.brand_id is not None)
            assert own >= (other.partner_id is not None, other.product_id is not None, other.brand_id is not None)

    @given(st.lists(many_rules(), min_size=2, max_size=8, unique_by=lambda each: each.id))
    def test_taking_a_loser_away_changes_nothing(self, given_rules: Any) -> None:
        winner = self.wins(*given_rules)
        loser = next(each for each in given_rules if each != winner)

        assert self.wins(*(each for each in given_rules if each != loser)) == winner


class TestDiscount:
    @pytest.mark.parametrize(
        ("face", "price", "percent"),
        [("10", "9.5", "5.00"), ("10", "10", "0.00"), ("10", "10.25", "-2.50"), ("3", "2", "33.33")],
    )
    def test_is_told_in_percent_of_the_face_value(self, face: str, price: str, percent: str) -> None:
        assert str(discount_percent(Decimal(face), Decimal(price))) == percent


class TestRateTable:
    def table(self, **usd: Any) -> Any:
        return RateTable({("USD", code): Rate(Decimal(value), NOW) for code, value in usd.items()})

    def test_one_currency_needs_no_rate(self) -> None:
        assert RateTable({}).rate("EUR", "EUR") == Rate(Decimal(1), None)

    def test_given_inverse_and_cross(self) -> None:
        table = self.table(EUR="0.8", GBP="0.64")

        assert table.rate("USD", "EUR").value == Decimal("0.8")
        assert table.rate("EUR", "USD").value == Decimal("1.25")
        assert table.rate("EUR", "GBP").value == Decimal("0.8")

    def test_unknown_pairs_have_none(self) -> None:
        assert self.table(EUR="0.8").rate("EUR", "JPY") is None

    def test_a_direct_pair_is_preferred(self) -> None:
        table = RateTable(
            {
                ("USD", "EUR"): Rate(Decimal("0.8"), NOW),
                ("USD", "GBP"): Rate(Decimal("0.64"), NOW),
                ("EUR", "GBP"): Rate(Decimal("0.79"), NOW),
            }
        )

        assert table.rate("EUR", "GBP") == Rate(Decimal("0.79"), NOW)

    def test_a_cross_rate_is_as_old_as_its_older_part(self) -> None:
        old = NOW - timedelta(hours=5)
        table = RateTable({("USD", "EUR"): Rate(Decimal("0.8"), NOW), ("USD", "GBP"): Rate(Decimal("0.64"), old)})

        assert table.rate("EUR", "GBP") == Rate(Decimal("0.8"), old)

    @given(st.decimals(Decimal(1), Decimal(10000), places=2), rates, rates)
    def test_there_and_back_within_a_minor_unit(self, amount: Any, euro: Any, pound: Any) -> None:
        table = self.table(EUR=euro, GBP=pound)

        there = amount * table.rate("EUR", "GBP").value
        back = there * table.rate("GBP", "EUR").value

        assert abs(back - amount) < CENT / 2
