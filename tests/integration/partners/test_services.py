"""Partners, people and keys: what is stored, what is not, and that each change is in the audit log."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from django_subatomic.db import transaction

from partners import queries
from partners import services as partners
from partners.models import ApiKey, AuditEntry, Partner, User
from partners.queries import Scope
from steller.database import Mode
from steller.errors import InvalidRequestError, NotFoundError
from tests import factories
from tests.conftest import client_of

pytestmark = pytest.mark.django_db


def actions():
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


class TestAKey:
    @pytest.fixture
    def partner(self):
        return factories.PartnerFactory()

    @transaction
    def make(self, partner, **options):
        return partners.create_api_key(partner_id=partner.pk, actor="user:1", **options)

    def test_is_stored_as_a_digest_only(self, partner):
        new = self.make(partner)

        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(k)::text, encode(digest, 'hex') FROM partners_apikey AS k")
            [(row, digest)] = cursor.fetchall()
        secret = new.raw.removeprefix("stl_live_")
        assert secret not in row
        assert secret.encode().hex() not in digest
        assert len(digest) == 64
        assert new.raw not in repr(new)
        assert actions() == ["key.create"]
        assert new.raw not in str(AuditEntry.objects.get().after)

    def test_has_256_bits_of_chance_and_a_prefix_that_names_its_mode(self, partner):
        keys = [self.make(partner, mode=Mode.TEST) for _ in range(3)]

        assert len({key.raw for key in keys}) == 3
        assert all(key.raw.startswith("stl_test_") and len(key.raw) == 9 + 43 for key in keys)
        assert set(ApiKey.objects.values_list("mode", flat=True)) == {"test"}

    def test_is_found_in_one_query_with_its_partner(self, partner, django_assert_num_queries):
        new = self.make(partner)

        with django_assert_num_queries(1):
            key = queries.find_api_key(new.raw)
            assert key is not None
            assert (key.id, key.partner_id) == (new.id, partner.pk)

    @pytest.mark.parametrize("raw", ["", "stl_live_", "stl_live_" + "é" * 43, "x" * 10_000])
    def test_of_a_wrong_shape_costs_no_query(self, raw, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert queries.find_api_key(raw) is None

    def test_is_found_while_the_secret_key_is_rotated(self, partner, settings):
        new = self.make(partner)
        old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret key of many characters"
        assert queries.find_api_key(new.raw) is None

        settings.SECRET_KEY_FALLBACKS = [old]

        assert queries.find_api_key(new.raw) is not None

    def test_notes_its_use_once_a_minute(self, partner, django_assert_num_queries):
        new = self.make(partner)
        api = client_of(new.raw)

        with django_assert_num_queries(3):
            api.get("/api/wallet")
        with django_assert_num_queries(2):
            api.get("/api/wallet")

        assert ApiKey.objects.get().last_used_at is not None
        ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
        with django_assert_num_queries(3):
            api.get("/api/wallet")

    def test_is_revoked_at_once_and_only_by_its_partner(self, partner):
        new = self.make(partner)
        other = factories.PartnerFactory()

        with pytest.raises(NotFoundError), transaction():
            partners.revoke_api_key(key_id=new.id, partner_id=other.pk, actor="user:2")
        for _ in range(2):
            with transaction():
                partners.revoke_api_key(key_id=new.id, partner_id=partner.pk, actor="user:1", reason="Leaked")

        assert client_of(new.raw).get("/api/wallet").json()["code"] == "key_revoked"
        assert actions() == ["key.create", "key.revoke"]

    def test_goes_on_for_a_while_after_its_rotation(self, partner):
        old = self.make(partner, name="shop", scopes=[Scope.ORDER_READ])

        with transaction():
            new = partners.rotate_api_key(
                key_id=old.id, partner_id=partner.pk, actor="user:1", overlap=timedelta(hours=1)
            )

        assert client_of(old.raw).get("/api/order").status_code == 200
        assert client_of(new.raw).get("/api/partner/me").json()["scopes"] == ["order.read"]
        ApiKey.objects.filter(pk=old.id).update(expires_at=timezone.now())
        assert client_of(old.raw).get("/api/wallet").json()["code"] == "key_expired"

    def test_that_is_revoked_is_not_rotated(self, partner):
        old = self.make(partner)
        with transaction():
            partners.revoke_api_key(key_id=old.id, partner_id=partner.pk, actor="user:1")

        with pytest.raises(InvalidRequestError), transaction():
            partners.rotate_api_key(key_id=old.id, partner_id=partner.pk, actor="user:1", overlap=timedelta(1))

    @pytest.mark.parametrize("overlap", [timedelta(days=30, seconds=1), timedelta(seconds=-1)], ids=str)
    def test_is_good_beside_its_successor_for_a_month_at_most(self, partner, overlap):
        old = self.make(partner)

        with pytest.raises(InvalidRequestError, match="side by side"), transaction():
            partners.rotate_api_key(key_id=old.id, partner_id=partner.pk, actor="user:1", overlap=overlap)
        assert ApiKey.objects.get().expires_at is None

    def test_is_bound_to_fifty_networks_at_most(self, partner):
        networks = [f"203.0.113.{number}" for number in range(51)]

        with pytest.raises(InvalidRequestError, match="at most 50 networks"):
            self.make(partner, allowed_networks=networks)
        assert self.make(partner, allowed_networks=networks[:50]).id

    def test_of_a_deleted_partner_is_unknown(self, partner):
        new = self.make(partner)
        Partner.objects.update(deleted_at=timezone.now())

        assert client_of(new.raw).get("/api/wallet").json()["code"] == "authentication_failed"


class TestAPartner:
    def test_is_suspended_with_a_reason_and_taken_up_again(self):
        partner = factories.PartnerFactory()

        with transaction():
            partners.suspend_partner(partner_id=partner.pk, actor="user:1", reason="Unpaid invoice")
        partner.refresh_from_db()
        assert (partner.is_suspended, partner.suspended_reason) == (True, "Unpaid invoice")
        with transaction():
            partners.resume_partner(partner_id=partner.pk, actor="user:1")
        partner.refresh_from_db()
        assert (partner.is_suspended, partner.suspended_reason) == (False, "")
        assert actions() == ["partner.suspend", "partner.resume"]

    def test_is_not_suspended_without_a_reason(self):
        with pytest.raises(InvalidRequestError), transaction():
            partners.suspend_partner(partner_id=factories.PartnerFactory().pk, actor="user:1", reason=" ")

    def test_that_does_not_exist_is_not_suspended(self):
        with pytest.raises(NotFoundError), transaction():
            partners.suspend_partner(partner_id=0, actor="user:1", reason="x")

    @pytest.mark.parametrize(("name", "email"), [(" ", "a@b.test"), ("A", "nonsense"), ("A", "TAKEN@b.test")])
    def test_needs_a_name_and_an_address_of_its_own(self, name, email):
        factories.PartnerFactory(email="taken@b.test")

        with pytest.raises(InvalidRequestError), transaction():
            partners.create_partner(name=name, email=email, actor="user:1")

    @pytest.mark.parametrize(
        "change", [{"name": " "}, {"email": "nonsense"}, {"email": "TAKEN@b.test"}, {"weight": 0}], ids=str
    )
    def test_keeps_a_name_and_an_address_of_its_own(self, change):
        factories.PartnerFactory(email="taken@b.test")
        partner = factories.PartnerFactory()

        with pytest.raises(InvalidRequestError), transaction():
            partners.change_partner(partner_id=partner.pk, actor="user:1", reason="x", **change)
        partner.refresh_from_db()
        assert (partner.name.strip(), partner.email) != ("", change.get("email"))
        assert not AuditEntry.objects.exists()


class TestAUser:
    @pytest.mark.parametrize("role", ["admin", "nobody"])
    def test_of_a_partner_gets_a_partners_role(self, role):
        with pytest.raises(InvalidRequestError), transaction():
            partners.create_user(email="a@b.test", role=role, partner_id=factories.PartnerFactory().pk, actor="user:1")

    def test_with_a_weak_password_is_refused(self):
        with pytest.raises(InvalidRequestError), transaction():
            partners.create_user(email="a@b.test", role="support", password="12345678", actor="user:1")

    def test_with_a_taken_address_is_refused_whatever_its_case(self):
        factories.UserFactory(email="a@b.test")

        with pytest.raises(InvalidRequestError), transaction():
            partners.create_user(email="A@B.test", role="support", actor="user:1")

    def test_of_staff_is_a_superuser_in_the_role_admin_only(self):
        for role in ("admin", "support"):
            with transaction():
                partners.create_user(email=f"{role}@b.test", role=role, actor="user:1")

        rights = {user.email: (user.is_staff, user.is_superuser) for user in User.objects.all()}
        assert rights == {"admin@b.test": (True, True), "support@b.test": (True, False)}


class TestTheAuditLog:
    @pytest.mark.parametrize(
        "statement", ["UPDATE partners_auditentry SET actor = 'x'", "DELETE FROM partners_auditentry"]
    )
    def test_is_never_changed(self, statement):
        with transaction():
            partners.record_audit(action="test", subject="x", actor="user:1")

        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute(statement)
