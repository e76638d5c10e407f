"""What roles may do: granted by migrations from one table, and asked for by the views of our staff."""

import pytest
from django.contrib.auth.models import Group
from django_subatomic.db import transaction

from partners.authentication import StaffCaller
from partners.models import Email
from partners.services import PARTNER_ROLES, STAFF_ROLES, grant_roles, queue_email, roles
from steller.encryption import card_keys
from steller.errors import PermissionDeniedError
from tests import factories

pytestmark = pytest.mark.django_db


def staff_in(role):
    user = factories.UserFactory(partner=None, is_staff=True, role=role)
    return StaffCaller(user_id=user.pk, actor=f"user:{user.pk}", address=None, reference_id="", user=user)


class TestRoles:
    def test_are_groups_from_the_first_migration_on(self):
        assert {*STAFF_ROLES, *PARTNER_ROLES} <= set(Group.objects.values_list("name", flat=True))

    def test_allow_what_the_table_says(self):
        staff_in("auditor").require("wallets.view_wallet")

    def test_allow_nothing_else(self):
        with pytest.raises(PermissionDeniedError):
            staff_in("auditor").require("wallets.change_wallet")

    def test_lose_what_the_table_no_longer_says(self, monkeypatch):
        monkeypatch.setitem(roles.ROLE_PERMISSIONS, "auditor", ())

        grant_roles()

        assert not staff_in("auditor").permissions

    def test_are_granted_once_however_often(self):
        link = Group.permissions.through
        before = set(link.objects.values_list("pk", flat=True))

        grant_roles()

        assert set(link.objects.values_list("pk", flat=True)) == before


class TestQueuedEmails:
    def test_keep_their_content_from_whoever_reads_the_table(self, settings, tmp_path):
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
        (tmp_path / "emails").mkdir()
        for form, text in (("subject.txt", "Hello\n{{ name }}"), ("txt", "Go to {{ link }}"), ("html", "{{ link }}")):
            (tmp_path / "emails" / f"greeting.{form}").write_text(text)

        with transaction():
            queue_email(to="a@b.test", kind="greeting", context={"name": "you", "link": "https://x/secret"}, actor="x")

        email = Email.objects.get()
        assert (email.subject, email.status) == ("Hello you", "queued")
        assert "secret" not in email.content
        assert "https://x/secret" in card_keys().decrypt(email.content, place=email.place)
