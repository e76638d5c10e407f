"""Partners as our staff run them: opened, changed, suspended, removed; contacts; each with its reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import CommissionRule
from partners.models import ApiKey, AuditEntry, Contact, Email, Partner, User
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, body_for
from tests.integration.identity.people import staff_client
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
PARTNERS = "/api/staff/partner"
OPENING = {"name": "Acme", "email": "acme@example.test", "currency": "USD", "reason": "Contract 7"}


@pytest.fixture
def boss():
    return staff_client("admin")


class TestOpening:
    def test_makes_wallet_and_price_and_invites_the_owner(self, boss):
        answer = boss.post(PARTNERS, {**OPENING, "owner_email": "olga@example.test", "weight": 3, "phone": "1"})

        assert answer.status_code == 201, answer.json()
        body = answer.json()
        assert (body["name"], body["status"], body["weight"], body["phone"]) == ("Acme", "active", 3, "1")
        assert Wallet.objects.get(pk=body["wallet_id"]).available == 0
        assert CommissionRule.objects.filter(partner=body["id"]).exists()
        owner = User.objects.get(pk=body["owner_id"])
        assert (owner.role, owner.has_usable_password()) == ("owner", False)
        assert Email.objects.get().to == "olga@example.test"
        assert not ApiKey.objects.exists()
        assert AuditEntry.objects.get(action="partner.create").reason == "Contract 7"

    @pytest.mark.parametrize(
        "changes",
        [{"currency": "XXQ"}, {"email": "x"}, {"email": "TAKEN@example.test"}, {"weight": 0}, {"reason": ""}],
    )
    def test_with_wrong_fields_opens_nothing(self, boss, changes):
        factories.PartnerFactory(email="taken@example.test")

        assert_problem(boss.post(PARTNERS, {**OPENING, **changes}), 400, "invalid_request")
        assert Partner.objects.count() == 1


class TestTheList:
    def test_is_filtered_and_takes_few_queries(self, boss, django_assert_num_queries):
        first, second, gone = factories.PartnerFactory.create_batch(3)
        Partner.objects.filter(pk=second.pk).update(suspended_at=timezone.now(), name="Zeta")
        Partner.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())

        def found(**filters):
            return [row["id"] for row in boss.get(PARTNERS, filters).json()["results"]]

        assert found() == [second.pk, first.pk]
        assert found(status="suspended") == found(search="zet") == found(search=str(second.pk)) == [second.pk]
        assert found(status="removed") == [gone.pk]
        assert found(created_before=(timezone.now() - timedelta(days=1)).isoformat()) == []
        with django_assert_num_queries(2):
            boss.get(PARTNERS)


class TestChanging:
    def test_keeps_what_was_before(self, boss):
        partner = factories.PartnerFactory(weight=1)

        body = boss.patch(f"{PARTNERS}/{partner.pk}", {"weight": 5, "name": "New", "reason": "Grew"}).json()

        assert (body["weight"], body["name"]) == (5, "New")
        entry = AuditEntry.objects.get()
        assert (entry.before, entry.after, entry.reason) == (
            {"name": partner.name, "weight": 1},
            {"name": "New", "weight": 5},
            "Grew",
        )

    def test_to_another_partners_address_is_refused(self, boss):
        factories.PartnerFactory(email="taken@example.test")
        partner = factories.PartnerFactory()

        answer = boss.patch(f"{PARTNERS}/{partner.pk}", {"email": "Taken@example.test", "reason": "x"})

        assert_problem(answer, 400, "invalid_request")

    @pytest.mark.parametrize("role", ["finance", "catalog", "auditor"])
    def test_is_not_for_everybody(self, role):
        partner = factories.PartnerFactory()

        answer = staff_client(role).patch(f"{PARTNERS}/{partner.pk}", {"weight": 5, "reason": "x"})

        assert_problem(answer, 403, "permission_denied")


class TestSuspending:
    def test_stops_orders_until_it_is_lifted(self, buyer):
        support, path = staff_client("support"), f"{PARTNERS}/{buyer.partner.pk}"

        suspended = support.post(f"{path}/suspend", {"reason": "Unpaid"}).json()
        assert (suspended["status"], suspended["suspended_reason"]) == ("suspended", "Unpaid")
        assert_problem(buyer.api.post("/api/order", body_for(buyer.product)), 403, "partner_suspended")
        assert support.post(f"{path}/resume", {"reason": "Paid"}).json()["status"] == "active"
        assert buyer.api.post("/api/order", body_for(buyer.product)).status_code == 202

    def test_needs_a_reason(self, boss):
        partner = factories.PartnerFactory()

        for verb in ("suspend", "resume"):
            assert_problem(boss.post(f"{PARTNERS}/{partner.pk}/{verb}", {}), 400, "invalid_request")


class TestRemoving:
    def remove(self, boss, partner):
        return boss.delete(f"{PARTNERS}/{partner.pk}", {"reason": "Contract ended"})

    def test_waits_until_no_money_is_left(self, boss, buyer):
        problem = assert_problem(self.remove(boss, buyer.partner), 409, "partner_not_closable")

        assert "1000.0000 USD" in problem["detail"]
        assert buyer.api.get("/api/wallet").status_code == 200

    def test_waits_until_no_order_is_open(self, boss):
        line = factories.OrderItemFactory()

        assert "order" in assert_problem(self.remove(boss, line.partner), 409, "partner_not_closable")["detail"]

    def test_ends_keys_and_forgets_people(self, boss):
        user = factories.UserFactory()
        partner = user.partner
        key = factories.make_key(partner=partner)
        factories.make_wallet(partner, fund="0")
        factories.make_wallet(partner, mode="test")
        Contact.objects.create(partner=partner, name="Carl")

        assert self.remove(boss, partner).status_code == 204

        assert_problem(client_of(key).get("/api/wallet"), 401, "authentication_failed")
        assert User.objects.get(pk=user.pk).email == ""
        assert ApiKey.objects.get().revoked_at is not None
        assert not Contact.objects.exists()
        assert_problem(boss.get(f"{PARTNERS}/{partner.pk}"), 404, "not_found")
        assert AuditEntry.objects.get(action="partner.remove").reason == "Contract ended"
        assert boss.post(PARTNERS, {**OPENING, "email": partner.email}).status_code == 201


class TestContacts:
    def test_are_added_changed_listed_and_forgotten(self, django_assert_num_queries):
        partner, support = factories.PartnerFactory(), staff_client("support")
        path = f"{PARTNERS}/{partner.pk}/contact"

        made = support.post(path, {"name": "Carl", "email": "carl@example.test"}).json()
        changed = support.patch(f"{path}/{made['id']}", {"position": "Buyer"}).json()

        assert changed == {**made, "position": "Buyer"}
        # The user, its permissions twice (own and of the role), the partner, the contacts.
        with django_assert_num_queries(5):
            assert support.get(path).json()["results"] == [changed]
        other = factories.PartnerFactory()
        assert_problem(support.patch(f"{PARTNERS}/{other.pk}/contact/{made['id']}", {"name": "X"}), 404, "not_found")
        assert support.delete(f"{path}/{made['id']}").status_code == 204
        assert_problem(support.delete(f"{path}/{made['id']}"), 404, "not_found")
        assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
            "contact.create",
            "contact.change",
            "contact.remove",
        ]
