"""The audit log over the API: all of it for our staff, and for partners what was done to their own cards and access."""

import pytest
from django.utils import timezone
from django_subatomic.db import transaction

from orders.services import revealing
from partners import services as partners
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.integration.identity.people import client_for, staff_client, staff_user, user_client

pytestmark = pytest.mark.django_db
OWN, ALL = "/api/partner/audit", "/api/staff/audit"


@transaction
def note(action, **fields):
    partners.record_audit(**{"action": action, "subject": "x:1", "actor": "user:0", **fields})


class TestAPartnersView:
    def test_has_reveals_by_its_own_people_and_by_ours(self):
        line = factories.OrderItemFactory(
            status="delivered", delivered=2, captured_amount=20, decided_at=timezone.now(), settled_at=timezone.now()
        )
        factories.make_card(line, code="C", number=1)
        owner = factories.UserFactory(partner=line.partner)
        colleague = staff_user("support")
        client_for(owner).get(f"/api/order/{line.order_id}/cards")
        revealing.reveal_cards(
            order_id=line.order_id,
            partner_id=line.partner_id,
            actor=f"user:{colleague.pk}",
            address="198.51.100.1",
            reference_id="r",
        )

        ours, own = client_for(owner).get(OWN).json()["results"]

        assert (own["action"], own["actor"], own["is_staff"]) == ("card.reveal", f"user:{owner.pk}", False)
        assert own["address"] == "127.0.0.1"
        assert len(own["after"]["cards"]) == 1
        assert (ours["actor"], ours["is_staff"], ours["address"]) == (f"user:{colleague.pk}", True, None)

    def test_has_nothing_of_others_and_no_internal_reasons(self):
        owner = factories.UserFactory()
        note("card.reveal", partner_id=factories.PartnerFactory().pk)
        note("partner.suspend", partner_id=owner.partner_id, reason="We do not trust them")
        note("key.revoke", partner_id=owner.partner_id, reason="Internal", subject="key:7")

        [row] = client_for(owner).get(OWN).json()["results"]

        assert row["subject"] == "key:7"
        assert "reason" not in row

    def test_is_filtered_and_takes_few_queries(self, django_assert_num_queries):
        owner = factories.UserFactory()
        for number in range(5):
            note("card.reveal", partner_id=owner.partner_id, subject=f"order:{number}")
        api = client_for(owner)

        with django_assert_num_queries(3):
            assert len(api.get(OWN).json()["results"]) == 5
        assert [row["subject"] for row in api.get(OWN, {"subject": "order:3"}).json()["results"]] == ["order:3"]
        assert api.get(OWN, {"after": "2999-01-01T00:00:00Z"}).json()["results"] == []

    def test_needs_the_scope(self):
        assert_problem(user_client(role="buyer").get(OWN), 403, "permission_denied")
        key = factories.make_key(partner=factories.PartnerFactory(), scopes=["audit.read"])
        assert client_of(key).get(OWN).status_code == 200


class TestOurStaffsView:
    def test_has_everything_and_is_filtered(self, django_assert_num_queries):
        partner = factories.PartnerFactory()
        note("partner.suspend", partner_id=partner.pk, reason="Unpaid", before={"a": 1}, reference_id="ref-1")
        note("key.revoke", actor="user:5")
        api = staff_client("auditor")

        def found(**filters):
            return [row["action"] for row in api.get(ALL, filters).json()["results"]]

        assert found() == ["key.revoke", "partner.suspend"]
        assert found(actor="user:5") == found(action="key.revoke") == ["key.revoke"]
        assert found(partner_id=partner.pk) == found(reference_id="ref-1") == ["partner.suspend"]
        with django_assert_num_queries(4):
            [row] = api.get(ALL, {"partner_id": partner.pk}).json()["results"]
        assert (row["reason"], row["before"], row["partner_id"]) == ("Unpaid", {"a": 1}, partner.pk)

    def test_needs_the_permission(self):
        assert_problem(staff_client("catalog").get(ALL), 403, "permission_denied")
