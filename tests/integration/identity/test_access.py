"""Each role at each endpoint, found from the addresses themselves: what it has the right to is never refused, and all else is.

A new endpoint is tested by being there; `docs/api.md` has to list it, with what it needs (`make tables`).
"""

import pytest

from dev import access
from partners.authentication.tokens import new_tokens
from partners.queries import ROLE_SCOPES, Scope
from partners.services import PARTNER_ROLES, STAFF_ROLES, staff_permissions
from tests import factories
from tests.conftest import client_of
from tests.integration.identity.people import staff_user, user_client

pytestmark = pytest.mark.django_db
ENDPOINTS = list(access.endpoints())
OF_PARTNERS = [each for each in ENDPOINTS if each.caller == "partner"]
OF_STAFF = [each for each in ENDPOINTS if each.caller == "staff"]
OF_PEOPLE = [each for each in ENDPOINTS if each.caller == "person"]


def ask(api, endpoint):
    body = {} if endpoint.method == "GET" else {"data": {}}
    return getattr(api, endpoint.method.lower())(endpoint.url, **body)


def outcome(answer):
    """Name how far a request came; behind the right anything may be wrong with it but this."""
    problem = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
    if answer.status_code == 401:
        return "nobody"
    return "refused" if problem.get("code") == "permission_denied" else "let in"


def expected(is_allowed):
    return "let in" if is_allowed else "refused"


class TestEndpointsOfPartners:
    @pytest.mark.parametrize("endpoint", OF_PARTNERS, ids=str)
    @pytest.mark.parametrize("role", PARTNER_ROLES)
    def test_let_in_who_has_the_role(self, endpoint, role):
        is_allowed = not endpoint.needs or Scope(endpoint.needs) in ROLE_SCOPES[role]

        assert outcome(ask(user_client(role=role), endpoint)) == expected(is_allowed)

    @pytest.mark.parametrize("endpoint", [each for each in OF_PARTNERS if each.needs], ids=str)
    def test_let_in_a_key_with_the_scope_and_none_with_all_others(self, endpoint):
        partner = factories.PartnerFactory()
        others = [scope.value for scope in Scope if scope != endpoint.needs]

        having = client_of(factories.make_key(partner=partner, scopes=[endpoint.needs]))
        lacking = client_of(factories.make_key(partner=partner, scopes=others))

        assert outcome(ask(having, endpoint)) == "let in"
        assert outcome(ask(lacking, endpoint)) == "refused"

    @pytest.mark.parametrize("endpoint", OF_PARTNERS, ids=str)
    def test_let_in_neither_strangers_nor_our_staff(self, endpoint):
        boss = client_of(token=new_tokens(staff_user("admin"))["access"])

        assert outcome(ask(client_of(), endpoint)) == "nobody"
        assert outcome(ask(boss, endpoint)) == "refused"


class TestEndpointsOfOurStaff:
    @pytest.mark.parametrize("endpoint", OF_STAFF, ids=str)
    @pytest.mark.parametrize("role", STAFF_ROLES)
    def test_let_in_who_has_the_role(self, endpoint, role):
        api = client_of(token=new_tokens(staff_user(role))["access"])

        assert outcome(ask(api, endpoint)) == expected(endpoint.needs in staff_permissions()[role])

    @pytest.mark.parametrize("endpoint", OF_STAFF, ids=str)
    def test_let_in_neither_strangers_nor_partners(self, endpoint):
        key = factories.make_key(partner=factories.PartnerFactory())

        assert outcome(ask(client_of(), endpoint)) == "nobody"
        assert outcome(ask(client_of(key), endpoint)) == "nobody"
        assert outcome(ask(user_client(role="owner"), endpoint)) == "refused"


class TestEndpointsOfPeople:
    @pytest.mark.parametrize("endpoint", OF_PEOPLE, ids=str)
    def test_let_in_people_only(self, endpoint):
        key = factories.make_key(partner=factories.PartnerFactory())

        assert outcome(ask(client_of(), endpoint)) == "nobody"
        assert outcome(ask(client_of(key), endpoint)) == "nobody"
        assert outcome(ask(user_client(role="viewer"), endpoint)) == "let in"
        assert outcome(ask(client_of(token=new_tokens(staff_user("catalog"))["access"]), endpoint)) == "let in"


class TestTheTables:
    def test_of_the_api_page_are_those_of_the_code(self):
        page = access.PAGE.read_text()

        assert access.with_tables(page) == page, "run `make tables`"

    def test_know_what_migrations_grant(self):
        for role in STAFF_ROLES:
            user = staff_user(role)
            asked = {each.needs for each in OF_STAFF}
            assert {name for name in asked if user.has_perm(name)} == asked & staff_permissions()[role]
