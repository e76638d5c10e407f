"""Every address of partners, found from the URLs themselves, asked for what another partner has.

A new address is tested by being there. One that needs more than an id to get as far as looking for it, or that names a
thing of a new kind, fails here until it is listed.
"""

import re

import pytest
from django.test import Client
from django.urls import get_resolver

from dev import access
from tests.conftest import client_of
from tests.integration.identity.people import client_for

pytestmark = pytest.mark.django_db
# What partners share; every other name in an address is that of something that one partner has.
SHARED = {"product_id", "brand_id"}
# What has to be sent along before an id is looked for.
BODIES = {
    "PATCH /api/partner/team/{user_id}": {"role": "viewer"},
    "PATCH /api/wallet/{wallet_id}": {"low_balance_threshold": "5.00"},
    "PATCH /api/webhook/{endpoint_id}": {"description": "x"},
    "POST /api/wallet/{wallet_id}/top-up": {"amount": "5.00", "reference": "x"},
    "POST /api/webhook/{endpoint_id}/replay": {"after": 0},
}
# Pages of log-ins: of nobody's yet, or of the person's own, whose rows they find by the session; and what is open to all.
UNRESTRICTED_PAGES = {
    "login", "login/code", "login/set-up", "password-reset", "password-reset/set", "invitation", "account/password", "account",
    "account/second-factor", "account/log-out-elsewhere", "api/errors", "admin/login/", "logout", "health/live", "health/ready", "bamboo/notification",
    "bamboo/webhook", "^api/.*$",
}  # fmt: skip
ENDPOINTS = [each for each in access.endpoints() if each.caller == "partner"]
VIEWS = [pattern for pattern in get_resolver().url_patterns if hasattr(pattern, "callback") and pattern.callback]
PAGES = [f"/{view.pattern}" for view in VIEWS if hasattr(view.callback, "scope")]


def names_in(path):
    return set(re.findall(r"\{(\w+)\}", re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)))


def address(path, ids):
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path).format(**ids)


def text_of(answer):
    if answer.streaming:
        return b"".join(answer.streaming_content).decode()
    return answer.content.decode()


def shows_nothing_of(estate, answer):
    text = text_of(answer)
    return not [tell for tell in estate.tells if tell in text]


OWNED = [each for each in ENDPOINTS if names_in(each.path) - SHARED]
LISTS = [each for each in ENDPOINTS if each.method == "GET" and not names_in(each.path)]
OWNED_PAGES = [path for path in PAGES if names_in(path) - SHARED]
LISTING_PAGES = [path for path in PAGES if not names_in(path)]


class TestEndpoints:
    @pytest.mark.parametrize("endpoint", OWNED, ids=str)
    @pytest.mark.parametrize("by", ["key", "token"])
    def test_do_not_find_what_others_have(self, endpoint, by, mine, other):
        api = client_of(mine.raw_key) if by == "key" else client_for(mine.user)

        answer = getattr(api, endpoint.method.lower())(
            address(endpoint.path, other.ids), *([BODIES.get(str(endpoint), {})] if endpoint.method != "GET" else [])
        )

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (
            shows_nothing_of(other, answer)
            or str(other.ids[names_in(endpoint.path).pop()]) in answer.json()["instance"]
        )

    @pytest.mark.parametrize("endpoint", OWNED, ids=str)
    def test_find_what_is_ones_own(self, endpoint, mine, other):
        answer = getattr(client_of(mine.raw_key), endpoint.method.lower())(
            address(endpoint.path, mine.ids), *([BODIES.get(str(endpoint), {})] if endpoint.method != "GET" else [])
        )

        assert answer.status_code != 404 or endpoint.path.endswith("/seal"), "the test above proves nothing"

    @pytest.mark.parametrize("endpoint", LISTS, ids=str)
    def test_list_nothing_of_others(self, endpoint, mine, other):
        answer = client_of(mine.raw_key).get(endpoint.url)

        assert answer.status_code == 200
        assert shows_nothing_of(other, answer)

    def test_take_no_order_on_the_wallet_of_another(self, mine, other):
        body = {"request_id": str(mine.order.pk), "currency": "USD", "wallet_id": other.wallet.pk,
                "items": [{"product_id": mine.line.product_id, "face_value": "10.00", "quantity": 1}]}  # fmt: skip

        answer = client_of(mine.raw_key).post("/api/order", body)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_say_what_the_lists_here_leave_out(self):
        assert {str(each) for each in OWNED} >= set(BODIES)


class TestPages:
    @pytest.fixture
    def browser(self, mine):
        client = Client(raise_request_exception=False)
        client.force_login(mine.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    @pytest.mark.parametrize("path", OWNED_PAGES)
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_do_not_find_what_others_have(self, path, method, browser, other):
        answer = getattr(browser, method)(address(path, other.ids), follow=True)

        assert answer.status_code in {404, 405}
        assert other.word not in text_of(answer)

    @pytest.mark.parametrize("path", OWNED_PAGES)
    def test_answer_404_to_one_of_both_methods(self, path, browser, other):
        answers = [getattr(browser, method)(address(path, other.ids)).status_code for method in ("get", "post")]

        assert 404 in answers

    @pytest.mark.parametrize("path", LISTING_PAGES)
    def test_list_nothing_of_others(self, path, browser, other):
        answer = browser.get(path)

        assert answer.status_code in {200, 302, 405}
        assert shows_nothing_of(other, answer)

    def test_are_restricted_all_but_those_of_log_ins(self):
        others = {
            str(view.pattern)
            for view in VIEWS
            if not hasattr(view.callback, "scope") and not hasattr(view.callback, "cls")
        }

        assert others == UNRESTRICTED_PAGES
