"""A partner with too many cards waiting is asked to come back later; a repeat still gets its order."""

import pytest

from bamboo.models import Account
from orders.services import backlog
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, body_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(buyer, settings):
    """Let more of the buyer's cards wait than it may have waiting; the answer is the body of that order."""
    settings.BACKLOG_CARDS = 1
    body = body_for(buyer.product)
    assert buyer.api.post("/api/order", body).status_code == 202
    backlog.count_waiting()
    return body


class TestAFullBacklog:
    def test_refuses_new_orders_for_a_while(self, buyer, full):
        answer = buyer.api.post("/api/order", body_for(buyer.product))

        problem = assert_problem(answer, 429, "backlog_full")
        assert (problem["money"], problem["retryable"]) == ("none", True)
        assert answer.headers["Retry-After"] == "30"

    def test_answers_a_repeat_with_its_order(self, buyer, full):
        answer = buyer.api.post("/api/order", full)

        assert answer.status_code == 200
        assert answer.headers["Idempotent-Replayed"] == "true"

    def test_is_no_matter_to_other_partners(self, buyer, full):
        other = factories.PartnerFactory()
        factories.CommissionRuleFactory(partner=other)
        factories.make_wallet(other)

        answer = client_of(factories.make_key(partner=other)).post("/api/order", body_for(buyer.product))

        assert answer.status_code == 202

    def test_is_no_matter_to_the_other_mode(self, buyer, full):
        factories.make_wallet(buyer.partner, mode="test")
        factories.AccountFactory(mode="test")
        key = factories.make_key(partner=buyer.partner, mode="test")

        assert client_of(key).post("/api/order", body_for(buyer.product)).status_code == 202
        assert Account.objects.count() == 2

    def test_takes_orders_again_when_the_cards_are_no_longer_waiting(self, buyer, full):
        order_id = buyer.api.post("/api/order", full).json()["id"]
        buyer.api.post(f"/api/order/{order_id}/cancel", {})
        backlog.count_waiting()

        assert buyer.api.post("/api/order", body_for(buyer.product)).status_code == 202


class TestCounting:
    def test_costs_one_query_and_none_when_nobody_ordered(self, full, django_assert_num_queries):
        with django_assert_num_queries(1):
            backlog.count_waiting()
        backlog.forget()
        with django_assert_num_queries(0):
            backlog.count_waiting()
