"""What is kept of a failed checkout: every kind of failure has its meaning, and what it told is not lost."""

from decimal import Decimal

import pytest

from bamboo import errors
from bamboo.errors import BambooError, FloatShort, OrderRefused, RateLimited, Unclassified
from orders.models import AttemptConclusion
from orders.services.answers import UNCLASSIFIED
from orders.services.purchasing import read_error

KINDS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, BambooError)]
NOTHING_WAS_BOUGHT = {
    AttemptConclusion.REFUSED,
    AttemptConclusion.FLOAT_SHORT,
    AttemptConclusion.MISCONFIGURED,
    AttemptConclusion.OUR_FAULT,
    AttemptConclusion.RATE_LIMITED,
    AttemptConclusion.NOT_SENT,
}


class TestReadError:
    @pytest.mark.parametrize("kind", KINDS)
    def test_calls_nothing_unbought_that_the_supplier_did_not_clearly_decline(self, kind):
        answer = read_error(kind("code"))

        declined = issubclass(
            kind,
            (
                errors.OrderRefused,
                errors.FloatShort,
                errors.Misconfigured,
                errors.OurFault,
                errors.RateLimited,
                errors.NotSent,
            ),
        )
        assert (answer.conclusion in NOTHING_WAS_BOUGHT) is declined
        assert not declined or answer.readable

    def test_keeps_the_product_that_a_refusal_names(self):
        answer = read_error(OrderRefused("ProductIsOutOfStock", product_name="Lumen 15"))
        assert (answer.product_name, answer.error_code) == ("Lumen 15", "ProductIsOutOfStock")

    @pytest.mark.parametrize(
        ("balance", "reserved", "affordable"),
        [("100", "30", Decimal(70)), ("100", None, Decimal(100)), (None, None, None), ("10", "30", Decimal(-20))],
    )
    def test_reckons_what_a_short_float_still_affords(self, balance, reserved, affordable):
        told = {"balance": balance and Decimal(balance), "reserved": reserved and Decimal(reserved)}
        assert read_error(FloatShort(**told)).affordable == affordable

    def test_keeps_how_long_to_wait(self):
        assert read_error(RateLimited(retry_after=7.5)).retry_after == 7.5
        assert read_error(RateLimited()).retry_after is None

    @pytest.mark.parametrize(
        ("status", "is_used_up"), [(None, False), (429, False), (409, False), (400, True), (403, True)]
    )
    def test_keeps_a_request_id_that_may_be_under_way(self, status, is_used_up):
        assert read_error(RateLimited("limit", http_status=status)).uses_up_request_id is is_used_up

    def test_marks_what_it_could_not_read(self):
        assert read_error(Unclassified("http_418", http_status=418)).error_code == f"{UNCLASSIFIED}:418"
