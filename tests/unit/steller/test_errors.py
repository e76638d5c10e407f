"""The published codes: every refusal has one of its own, and clients may rely on it."""

from http import HTTPStatus

import pytest

from steller import errors
from steller.errors import DomainError, InvalidRequestError, RateLimitedError

PUBLISHED = {
    "invalid_request": 400,
    "authentication_failed": 401,
    "key_revoked": 401,
    "key_expired": 401,
    "insufficient_funds": 402,
    "permission_denied": 403,
    "partner_suspended": 403,
    "ip_not_allowed": 403,
    "partner_not_closable": 409,
    "link_invalid": 400,
    "second_factor_required": 401,
    "second_factor_setup_required": 401,
    "not_found": 404,
    "not_cancellable": 409,
    "request_in_progress": 409,
    "state_conflict": 409,
    "request_id_reused": 422,
    "product_unknown": 422,
    "product_withdrawn": 422,
    "out_of_stock": 422,
    "face_value_out_of_range": 422,
    "quantity_invalid": 422,
    "currency_mismatch": 422,
    "price_exceeded": 422,
    "price_unavailable": 422,
    "rate_stale": 422,
    "order_too_large": 422,
    "rate_limited": 429,
    "backlog_full": 429,
    "unavailable": 503,
}
RETRYABLE = {
    "insufficient_funds",
    "request_in_progress",
    "out_of_stock",
    "rate_stale",
    "rate_limited",
    "backlog_full",
    "unavailable",
}
CLASSES = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, DomainError)]


class TestPublishedCodes:
    def test_are_these_with_these_statuses(self):
        assert {each.code: each.status for each in CLASSES} == PUBLISHED

    def test_say_which_of_them_a_repeat_may_overcome(self):
        assert {each.code for each in CLASSES if each.retryable} == RETRYABLE

    @pytest.mark.parametrize("kind", CLASSES)
    def test_come_with_a_title_and_a_real_status(self, kind):
        assert kind.title
        assert HTTPStatus(kind.status).is_client_error or HTTPStatus(kind.status).is_server_error


class TestADomainError:
    def test_keeps_what_its_answer_will_show(self):
        error = RateLimitedError("Slow down.", item=3, retry_after=7, money="held", limit="10")
        assert (str(error), error.detail, error.item, error.retry_after) == ("Slow down.", "Slow down.", 3, 7)
        assert (error.money, error.extra) == ("held", {"limit": "10"})

    def test_moves_no_money_unless_told(self):
        assert DomainError("No.").money == "none"

    def test_of_a_wrong_shape_names_the_fields_if_there_are_any(self):
        assert InvalidRequestError("No.", errors={"items": ["missing"]}).extra == {"errors": {"items": ["missing"]}}
        assert InvalidRequestError("No.").extra == {}
