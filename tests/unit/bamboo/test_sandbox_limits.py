"""The imitation counts calls as the supplier does: windows of fixed length, opened by the first call."""

import pytest

from bamboo.sandbox.limits import PRODUCT_RULE, RULES, Limiter


def ask(limiter, now, *, endpoint="order", products=(), client="sandbox", scale=1.0):
    return limiter.wait_for(client=client, endpoint=endpoint, products=products, now=now, scale=scale)


class TestAWindow:
    @pytest.mark.parametrize("endpoint", sorted(set(RULES) - {"checkout"}))
    def test_lets_so_many_calls_pass_and_then_none_until_it_ends(self, endpoint):
        limiter, rule = Limiter(), RULES[endpoint]

        passed = [ask(limiter, 1000.0, endpoint=endpoint) for _ in range(rule.calls)]
        refused = ask(limiter, 1000.0 + rule.seconds - 0.25, endpoint=endpoint)
        again = ask(limiter, 1000.0 + rule.seconds, endpoint=endpoint)

        assert (passed, refused, again) == ([None] * rule.calls, 0.25, None)

    def test_is_opened_by_the_first_call(self):
        limiter = Limiter()

        ask(limiter, 3.0, endpoint="catalog_v1")
        ask(limiter, 12.0, endpoint="catalog_v1")

        assert ask(limiter, 197.0, endpoint="catalog_v1") == 3406.0

    def test_is_shared_by_the_endpoints_without_a_rule_of_their_own(self):
        limiter = Limiter()

        ask(limiter, 0.0, endpoint="accounts")

        assert ask(limiter, 0.5, endpoint="categories") == 0.5

    def test_belongs_to_one_pair_of_credentials(self):
        limiter = Limiter()

        ask(limiter, 0.0, endpoint="catalog_v2")

        assert ask(limiter, 0.0, endpoint="catalog_v2", client="live") is None

    def test_passes_faster_when_scaled(self):
        limiter = Limiter()

        ask(limiter, 0.0, endpoint="catalog_v2", scale=10)

        assert ask(limiter, 0.05, endpoint="catalog_v2", scale=10) == pytest.approx(0.05)
        assert ask(limiter, 0.1, endpoint="catalog_v2", scale=10) is None

    def test_is_forgotten_by_a_reset(self):
        limiter = Limiter()
        ask(limiter, 0.0, endpoint="catalog_v2")

        limiter.reset()

        assert ask(limiter, 0.0, endpoint="catalog_v2") is None

    def test_does_not_exist_when_limits_are_off(self):
        limiter = Limiter()

        assert [ask(limiter, 0.0, endpoint="catalog_v1", scale=0) for _ in range(9)] == [None] * 9


class TestCheckouts:
    def test_keep_half_a_second_between_them(self):
        limiter = Limiter()

        ask(limiter, 0.0, endpoint="checkout", products=[1])

        assert ask(limiter, 0.25, endpoint="checkout", products=[2]) == 0.25
        assert ask(limiter, 0.5, endpoint="checkout", products=[2]) is None

    def test_come_six_times_a_minute_for_one_product(self):
        limiter = Limiter()

        passed = [
            ask(limiter, float(second), endpoint="checkout", products=[7]) for second in range(PRODUCT_RULE.calls)
        ]

        assert passed == [None] * 6
        assert ask(limiter, 10.0, endpoint="checkout", products=[8, 7]) == 50.0
        assert ask(limiter, 60.0, endpoint="checkout", products=[7]) is None

    def test_that_are_refused_count_for_no_product(self):
        limiter = Limiter()
        for second in range(6):
            ask(limiter, float(second), endpoint="checkout", products=[7])

        refused = [ask(limiter, 10.0 + second, endpoint="checkout", products=[7, 8]) for second in range(9)]
        passed = [ask(limiter, 30.0 + second, endpoint="checkout", products=[8]) for second in range(6)]

        assert (None in refused, passed) == (False, [None] * 6)
