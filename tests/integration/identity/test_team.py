"""A partner's people, managed by themselves: nobody beyond what they have, nobody without an owner."""

import pytest

from partners.models import AuditEntry, Email, User
from partners.queries import Scope
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, walk
from tests.integration.identity.people import PASSWORD, Phone, client_for, token_in

pytestmark = pytest.mark.django_db
TEAM = "/api/partner/team"


@pytest.fixture
def owner():
    return factories.UserFactory(email="owner@example.test", name="Olga")


@pytest.fixture
def api(owner):
    return client_for(owner)


@pytest.fixture
def buyer_person(owner):
    return factories.UserFactory(email="buyer@example.test", partner=owner.partner, role="buyer")


def limited_key(owner, *scopes):
    return client_of(factories.make_key(partner=owner.partner, scopes=[scope.value for scope in scopes]))


class TestTheList:
    def test_shows_ones_own_people_in_few_queries(self, api, owner, django_assert_num_queries):
        for number in range(5):
            factories.UserFactory(email=f"z{number}@example.test", partner=owner.partner, role="viewer")
        factories.UserFactory()
        Phone(owner)

        with django_assert_num_queries(4):
            rows = api.get(TEAM).json()["results"]

        assert rows[0]["email"] == "owner@example.test"
        assert len(rows) == 6
        assert (rows[0]["role"], rows[0]["status"], rows[0]["has_second_factor"]) == ("owner", "active", True)
        assert [len(found) for found in walk(api, TEAM, 4)] == [4, 2]

    def test_is_for_owners_only(self, buyer_person):
        assert_problem(client_for(buyer_person).get(TEAM), 403, "permission_denied")


class TestInviting:
    def test_mails_a_link_and_shows_who_has_not_come_yet(self, api, owner):
        made = api.post(TEAM, {"email": "new@example.test", "role": "buyer", "name": "Nora"})

        assert made.status_code == 201
        body = made.json()
        assert (body["email"], body["role"], body["status"]) == ("new@example.test", "buyer", "invited")
        assert User.objects.get(pk=body["id"]).partner_id == owner.partner_id
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor) == ("user.invite", f"user:{owner.pk}")
        assert token_in(Email.objects.get())
        assert api.post(f"{TEAM}/{body['id']}/invite").status_code == 200
        assert Email.objects.count() == 2

    def test_again_is_for_who_has_no_password(self, api, buyer_person):
        assert_problem(api.post(f"{TEAM}/{buyer_person.pk}/invite"), 400, "invalid_request")

    @pytest.mark.parametrize(
        "body",
        [
            {"email": "owner@example.test", "role": "buyer"},
            {"email": "nonsense", "role": "buyer"},
            {"email": "a@b.test", "role": "admin"},
            {"email": "a@b.test"},
        ],
    )
    def test_with_wrong_fields_invites_nobody(self, api, body):
        assert_problem(api.post(TEAM, body), 400, "invalid_request")
        assert not Email.objects.exists()

    def test_by_a_key_gives_no_role_beyond_the_key(self, owner):
        key = limited_key(
            owner, Scope.TEAM_WRITE, Scope.ORDER_READ, Scope.CATALOG_READ, Scope.WALLET_READ, Scope.EVENT_READ
        )

        assert key.post(TEAM, {"email": "a@b.test", "role": "viewer"}).status_code == 201
        assert_problem(key.post(TEAM, {"email": "b@b.test", "role": "buyer"}), 403, "permission_denied")


class TestChangingARole:
    def test_ends_what_the_person_was_logged_in_with(self, api, buyer_person):
        person = client_for(buyer_person)

        assert api.patch(f"{TEAM}/{buyer_person.pk}", {"role": "viewer"}).json()["role"] == "viewer"

        assert_problem(person.get("/api/partner/me"), 401, "authentication_failed")
        entry = AuditEntry.objects.get()
        assert (entry.before, entry.after) == ({"role": "buyer"}, {"role": "viewer"})

    def test_to_the_same_changes_nothing(self, api, buyer_person):
        assert api.patch(f"{TEAM}/{buyer_person.pk}", {"role": "buyer"}).status_code == 200
        assert not AuditEntry.objects.exists()

    def test_of_oneself_is_refused(self, api, owner):
        assert_problem(api.patch(f"{TEAM}/{owner.pk}", {"role": "viewer"}), 403, "permission_denied")

    def test_of_the_last_owner_is_refused_to_a_key(self, owner):
        key = client_of(factories.make_key(partner=owner.partner))

        assert_problem(key.patch(f"{TEAM}/{owner.pk}", {"role": "viewer"}), 400, "invalid_request")
        assert_problem(key.post(f"{TEAM}/{owner.pk}/deactivate"), 400, "invalid_request")
        assert_problem(key.delete(f"{TEAM}/{owner.pk}"), 400, "invalid_request")
        owner.refresh_from_db()
        assert (owner.role, owner.is_active, owner.email) == ("owner", True, "owner@example.test")

    def test_of_an_owner_counts_only_owners_who_came(self, api, owner):
        api.post(TEAM, {"email": "second@example.test", "role": "owner"})
        key = client_of(factories.make_key(partner=owner.partner))

        assert_problem(key.delete(f"{TEAM}/{owner.pk}"), 400, "invalid_request")

    def test_of_somebody_who_may_do_more_is_refused(self, owner, buyer_person):
        key = limited_key(owner, Scope.TEAM_WRITE)

        assert_problem(key.post(f"{TEAM}/{buyer_person.pk}/deactivate"), 403, "permission_denied")

    @pytest.mark.parametrize("verb", ["", "/deactivate", "/reactivate", "/invite"])
    def test_of_another_partners_person_is_not_found(self, api, verb):
        foreign = factories.UserFactory()
        call = api.post if verb else api.delete

        assert_problem(call(f"{TEAM}/{foreign.pk}{verb}"), 404, "not_found")


class TestKeepingSomebodyOut:
    def test_lasts_until_they_are_let_in_again(self, api, buyer_person):
        login = {"email": buyer_person.email, "password": PASSWORD}
        person = client_for(buyer_person)

        assert api.post(f"{TEAM}/{buyer_person.pk}/deactivate").json()["status"] == "deactivated"
        assert person.get("/api/partner/me").status_code == 401
        assert client_of().post("/api/auth/token", login).status_code == 401

        assert api.post(f"{TEAM}/{buyer_person.pk}/reactivate").json()["status"] == "active"
        assert client_of().post("/api/auth/token", login).status_code == 200


class TestRemovingSomebody:
    def test_blanks_what_was_known_of_them(self, api, buyer_person):
        User.objects.filter(pk=buyer_person.pk).update(name="Bert", phone="123", address="Street 1")
        Phone(buyer_person)
        person = client_for(User.objects.get(pk=buyer_person.pk))

        assert api.delete(f"{TEAM}/{buyer_person.pk}").status_code == 204

        row = User.objects.get(pk=buyer_person.pk)
        assert (row.name, row.email, row.phone, row.address, row.is_active) == ("", "", "", "", False)
        assert not row.has_usable_password()
        assert row.groups.count() == 0
        assert not hasattr(row, "second_factor")
        assert row.deleted_at is not None
        assert person.get("/api/partner/me").status_code == 401
        assert_problem(api.get(f"{TEAM}/{buyer_person.pk}"), 404, "not_found")
        assert api.post(TEAM, {"email": "buyer@example.test", "role": "buyer"}).status_code == 201
