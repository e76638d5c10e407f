"""People as our staff manage them: partners' people by support, our own by admins, nobody beyond what they have."""

import pytest
from django.contrib.auth.models import Permission
from django_subatomic.db import transaction

from partners import services as partners
from partners.models import AuditEntry, User
from steller.errors import InvalidRequestError
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.integration.identity.people import PASSWORD, client_for, staff_client, staff_user

pytestmark = pytest.mark.django_db
USERS = "/api/staff/user"


@pytest.fixture
def boss():
    return staff_client("admin")


@pytest.fixture
def support():
    return staff_client("support")


@pytest.fixture
def person():
    return factories.UserFactory(email="ann@example.test", role="buyer")


class TestTheList:
    def test_takes_few_queries_however_many_there_are(self, boss, django_assert_num_queries):
        factories.UserFactory.create_batch(6)
        boss.get(USERS)

        with django_assert_num_queries(4):
            assert len(boss.get(USERS).json()["results"]) == 7

    def test_is_filtered(self, boss, person):
        User.objects.filter(pk=person.pk).update(is_active=False)
        other = factories.UserFactory(role="viewer")

        def found(**filters):
            return {row["id"] for row in boss.get(USERS, filters).json()["results"]}

        assert found(search="ANN@") == found(role="buyer") == found(status="deactivated") == {person.pk}
        assert found(partner_id=other.partner_id) == {other.pk}
        assert found(is_staff="false") == {person.pk, other.pk}
        assert found(status="removed") == set()
        assert_problem(boss.get(USERS, {"role": "king"}), 400, "invalid_request")


class TestInviting:
    def test_to_a_partner_is_for_support(self, support, person):
        body = {"email": "new@example.test", "role": "viewer", "partner_id": person.partner_id, "reason": "Asked"}

        made = support.post(USERS, body)

        assert made.status_code == 201, made.json()
        assert (made.json()["partner_id"], made.json()["status"]) == (person.partner_id, "invited")
        assert AuditEntry.objects.get().reason == "Asked"

    def test_to_our_staff_is_for_admins(self, support, boss):
        body = {"email": "new@example.test", "role": "finance", "reason": "New colleague"}

        assert_problem(support.post(USERS, body), 403, "permission_denied")
        assert boss.post(USERS, body).json()["role"] == "finance"

    def test_to_a_partner_that_is_gone_is_not_found(self, boss):
        body = {"email": "new@example.test", "role": "viewer", "partner_id": 0, "reason": "x"}

        assert_problem(boss.post(USERS, body), 404, "not_found")

    def test_gives_no_role_of_the_other_side(self, boss, person):
        body = {"email": "new@example.test", "role": "admin", "partner_id": person.partner_id, "reason": "x"}

        assert_problem(boss.post(USERS, body), 400, "invalid_request")


class TestChanging:
    def test_takes_all_of_it_or_nothing(self, boss, person):
        changes = {"role": "viewer", "name": "Ann", "phone": "1", "address": "Street", "reason": "Moved"}
        body = boss.patch(f"{USERS}/{person.pk}", changes).json()
        assert (body["role"], body["name"], body["phone"], body["address"]) == ("viewer", "Ann", "1", "Street")
        described, moved = AuditEntry.objects.order_by("pk")
        assert (described.action, described.reason) == ("user.describe", "Moved")
        assert described.after == {"changed": ["address", "name", "phone"]}
        assert (moved.action, moved.reason) == ("user.role", "Moved")

        wrong = boss.patch(
            f"{USERS}/{person.pk}", {"name": "X", "extra_permissions": ["wallets.view_wallet"], "reason": "x"}
        )

        assert_problem(wrong, 400, "invalid_request")
        assert boss.get(f"{USERS}/{person.pk}").json()["name"] == "Ann"

    def test_gives_staff_extra_permissions(self, boss):
        colleague = staff_user("catalog")
        api = client_for(colleague)
        assert_problem(api.get("/api/staff/audit"), 403, "permission_denied")

        changed = boss.patch(
            f"{USERS}/{colleague.pk}", {"extra_permissions": ["partners.view_auditentry"], "reason": "Audit week"}
        )

        assert changed.json()["extra_permissions"] == ["partners.view_auditentry"]
        assert_problem(api.get("/api/staff/audit"), 401, "authentication_failed")
        assert client_for(User.objects.get(pk=colleague.pk)).get("/api/staff/audit").status_code == 200
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.before, entry.after, entry.reason) == (
            "user.permissions",
            {"permissions": []},
            {"permissions": ["partners.view_auditentry"]},
            "Audit week",
        )

    def test_to_the_same_permissions_changes_nothing(self, boss):
        colleague = staff_user("catalog")
        wanted = {"extra_permissions": ["partners.view_auditentry"], "reason": "Audit week"}

        stamps = [boss.patch(f"{USERS}/{colleague.pk}", wanted).status_code for _ in range(2)]

        assert stamps == [200, 200]
        assert AuditEntry.objects.count() == 1
        assert User.objects.get(pk=colleague.pk).access_version == 1

    @pytest.mark.parametrize("deed", ["change_role", "deactivate_user", "remove_user"])
    def test_leaves_somebody_an_admin(self, deed):
        last = staff_user("admin")
        role = {"role": "auditor"} if deed == "change_role" else {}

        with pytest.raises(InvalidRequestError, match="stay an admin"), transaction():
            getattr(partners, deed)(user_id=last.pk, actor="system:command", reason="x", **role)
        last = User.objects.get(pk=last.pk)
        assert (last.role, last.is_superuser, last.is_active, last.deleted_at) == ("admin", True, True, None)

    def test_knows_the_permissions_that_there_are(self, boss):
        colleague = staff_user("catalog")

        answer = boss.patch(f"{USERS}/{colleague.pk}", {"extra_permissions": ["money.print"], "reason": "x"})

        assert_problem(answer, 400, "invalid_request")

    def test_of_our_staff_is_for_who_may_manage_it(self, support):
        colleague = staff_user("catalog")

        for verb in ("deactivate", "log-out", "unlock", "reset-second-factor", "reactivate"):
            assert_problem(support.post(f"{USERS}/{colleague.pk}/{verb}", {"reason": "x"}), 403, "permission_denied")
        assert_problem(support.patch(f"{USERS}/{colleague.pk}", {"name": "X", "reason": "x"}), 403, "permission_denied")

    def test_gives_nothing_beyond_what_one_has(self):
        manager = staff_user("support")
        manager.user_permissions.add(Permission.objects.get(codename="manage_staff"))
        api, colleague, boss = client_for(manager), staff_user("auditor"), staff_user("admin")

        assert_problem(api.patch(f"{USERS}/{colleague.pk}", {"role": "admin", "reason": "x"}), 403, "permission_denied")
        assert_problem(api.patch(f"{USERS}/{boss.pk}", {"role": "support", "reason": "x"}), 403, "permission_denied")
        assert_problem(api.post(f"{USERS}/{boss.pk}/reset-second-factor", {"reason": "x"}), 403, "permission_denied")
        extra = {"extra_permissions": ["wallets.add_wallet"], "reason": "x"}
        same = staff_user("support")
        assert_problem(api.patch(f"{USERS}/{same.pk}", extra), 403, "permission_denied")
        assert_problem(api.patch(f"{USERS}/{manager.pk}", extra), 403, "permission_denied")
        assert (
            api.patch(f"{USERS}/{same.pk}", {"extra_permissions": ["partners.manage_staff"], "reason": "x"}).status_code
            == 200
        )

    def test_keeps_one_admin(self, boss):
        [only] = User.objects.all()
        other = staff_user("admin")

        assert boss.post(f"{USERS}/{other.pk}/deactivate", {"reason": "Left"}).status_code == 200
        assert_problem(boss.delete(f"{USERS}/{only.pk}", {"reason": "Left"}), 403, "permission_denied")

    def test_needs_a_reason(self, boss, person):
        for call, path in (
            (boss.patch, f"{USERS}/{person.pk}"),
            (boss.delete, f"{USERS}/{person.pk}"),
            (boss.post, f"{USERS}/{person.pk}/deactivate"),
            (boss.post, f"{USERS}/{person.pk}/log-out"),
            (boss.post, f"{USERS}/{person.pk}/unlock"),
            (boss.post, f"{USERS}/{person.pk}/reset-second-factor"),
        ):
            assert "reason" in assert_problem(call(path, {}), 400, "invalid_request")["errors"]

    def test_keeps_somebody_out_and_lets_them_in_again(self, support, person):
        login = {"email": person.email, "password": PASSWORD}

        assert support.post(f"{USERS}/{person.pk}/deactivate", {"reason": "x"}).json()["status"] == "deactivated"
        assert client_of().post("/api/auth/token", login).status_code == 401
        assert support.post(f"{USERS}/{person.pk}/reactivate", {"reason": "x"}).json()["status"] == "active"
        assert client_of().post("/api/auth/token", login).status_code == 200

    def test_ends_what_somebody_is_logged_in_with(self, boss):
        colleague = staff_user("finance")
        theirs = client_for(colleague)
        assert theirs.get("/api/staff/audit").status_code == 200

        assert boss.post(f"{USERS}/{colleague.pk}/log-out", {"reason": "Laptop stolen"}).status_code == 204

        assert_problem(theirs.get("/api/staff/audit"), 401, "authentication_failed")
        entry = AuditEntry.objects.get(action="user.log_out")
        assert (entry.subject, entry.reason) == (f"user:{colleague.pk}", "Laptop stolen")

    def test_removes_somebody_for_good(self, boss, person):
        assert boss.delete(f"{USERS}/{person.pk}", {"reason": "Asked for it"}).status_code == 204
        assert_problem(boss.get(f"{USERS}/{person.pk}"), 404, "not_found")
        assert [row["id"] for row in boss.get(USERS, {"status": "removed"}).json()["results"]] == [person.pk]


class TestRoles:
    def test_are_shown_with_what_they_may_do(self, support):
        body = support.get("/api/staff/role").json()

        staff = {role["name"]: role["permissions"] for role in body["staff"]}
        assert "partners.manage_staff" in staff["admin"]
        assert "partners.manage_staff" not in staff["support"]
        assert {role["name"] for role in body["partner"]} == {"owner", "buyer", "developer", "viewer"}
