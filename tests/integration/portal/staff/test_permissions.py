"""Extra permissions of colleagues on their page: chosen by words, with a reason, never beyond the one who gives."""

import pytest

from dev.access import endpoints
from partners.models import AuditEntry
from steller.portal.pages.staff import addresses
from steller.portal.permissions import WORDS
from tests import factories
from tests.integration.portal.staff.colleagues import browser_of, colleague, log_in

WHY = {"reason": "Audit week"}
READS_THE_LOG = "partners.view_auditentry"


def page_of(user):
    return f"/staff/people/{user.pk}/permissions"


@pytest.fixture
def worker(db):
    return colleague("catalog", email="worker@steller.test")


@pytest.fixture
def boss(db):
    return log_in("admin")


class TestThePage:
    def test_gives_and_takes_permissions_with_a_reason_that_is_kept(self, boss, worker):
        assert browser_of(worker).get("/staff/audit").status_code == 403
        answer = boss.post(page_of(worker), {**WHY, "permission": [READS_THE_LOG]})
        assert answer.url == f"/staff/people/{worker.pk}"
        assert worker.extra_permissions == [READS_THE_LOG]
        assert browser_of(type(worker).objects.get(pk=worker.pk)).get("/staff/audit").status_code == 200
        entry = AuditEntry.objects.get(action="user.permissions")
        assert (entry.reason, entry.after) == ("Audit week", {"permissions": [READS_THE_LOG]})
        assert b"Read the audit log" in boss.get(f"/staff/people/{worker.pk}").content
        boss.post(page_of(worker), WHY)
        assert worker.extra_permissions == []

    def test_keeps_what_was_chosen_when_the_reason_is_missing(self, boss, worker):
        answer = boss.post(page_of(worker), {"permission": [READS_THE_LOG]})
        assert answer.status_code == 422
        assert f'value="{READS_THE_LOG}" checked' in answer.content.decode()
        assert worker.extra_permissions == []

    def test_says_what_the_role_has_anyway(self, boss, worker):
        text = boss.get(page_of(worker)).content.decode()
        assert 'id="may-catalog.view_product" checked disabled' in text
        assert f'name="permission" value="{READS_THE_LOG}"' in text

    def test_refuses_unknown_permissions(self, boss, worker):
        answer = boss.post(page_of(worker), {**WHY, "permission": ["money.print"]})
        assert (answer.status_code, worker.extra_permissions) == (422, [])
        assert b"No such permission: money.print" in answer.content

    def test_shows_what_was_given_over_the_api_and_keeps_it(self, boss, worker):
        boss.post(page_of(worker), {**WHY, "permission": ["orders.change_cart"]})
        assert 'value="orders.change_cart" checked' in boss.get(page_of(worker)).content.decode()

    def test_is_for_those_who_manage_our_staff(self, worker):
        for role in ("finance", "support", "catalog", "auditor"):
            client = log_in(role)
            assert client.get(page_of(worker)).status_code == 403
            assert client.post(page_of(worker), {**WHY, "permission": [READS_THE_LOG]}).status_code == 403
            assert page_of(worker) not in client.get("/staff/people").content.decode()
        assert worker.extra_permissions == []

    def test_gives_no_more_than_the_giver_has(self, boss, worker):
        manager = colleague("support", email="manager@steller.test")
        boss.post(page_of(manager), {**WHY, "permission": ["partners.manage_staff"]})
        client = browser_of(type(manager).objects.get(pk=manager.pk))
        beyond = {**WHY, "permission": ["wallets.adjust_wallet"]}
        other = colleague("support")
        assert b"beyond what you may do" in client.get(page_of(other)).content
        answer = client.post(page_of(other), beyond)
        assert b"You cannot hand out what you may not do yourself" in answer.content
        assert other.extra_permissions == []
        assert b"Nobody changes their own access" in client.post(page_of(manager), WHY).content

    def test_is_not_there_for_admins_and_partners_people(self, boss):
        for user in (colleague("admin"), factories.UserFactory(role="buyer")):
            assert boss.get(page_of(user)).status_code == 404
            assert page_of(user) not in boss.get(f"/staff/people/{user.pk}").content.decode()


class TestTheWords:
    def test_name_each_permission_that_pages_and_the_api_ask_for(self):
        asked = {pattern.callback.permission for pattern in addresses.urlpatterns}
        asked |= {each.needs for each in endpoints() if each.caller == "staff"}
        assert asked - {""} <= set(WORDS)
