"""API keys over the API: made, rotated and revoked by partners and staff, never beyond what their maker may do."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from partners.models import ApiKey, AuditEntry, Partner
from partners.queries import Scope
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, walk
from tests.integration.identity.people import staff_client, user_client
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
KEYS = "/api/partner/key"


@pytest.fixture
def partner(db):
    return factories.PartnerFactory()


@pytest.fixture
def developer(partner):
    return user_client(partner=partner, role="developer")


def limited(partner, *scopes, **fields):
    return client_of(factories.make_key(partner=partner, scopes=[scope.value for scope in scopes], **fields))


class TestMakingAKey:
    def test_shows_it_once(self, partner):
        owner = user_client(partner=partner, role="owner")

        made = owner.post(KEYS, {"name": "shop"})

        assert made.status_code == 201
        assert made.headers["Cache-Control"] == "no-store"
        body = made.json()
        assert (body["name"], body["mode"], body["status"]) == ("shop", "live", "active")
        assert client_of(body["api_key"]).get("/api/partner/me").json()["id"] == partner.pk
        [listed] = owner.get(KEYS).json()["results"]
        assert "api_key" not in listed
        assert listed["prefix"] == body["api_key"][:15]
        entry = AuditEntry.objects.get(action="key.create")
        assert (entry.address, entry.reference_id) == ("127.0.0.1", made.headers["X-Reference-Id"])

    def test_gives_it_no_more_than_its_maker_has(self, developer):
        body = developer.post(KEYS, {}).json()

        assert body["scopes"] == [
            "catalog.read",
            "event.read",
            "key.write",
            "order.read",
            "wallet.read",
            "webhook.write",
        ]

    def test_is_refused_for_more_than_its_maker_has(self, developer):
        answer = developer.post(KEYS, {"scopes": ["order.write", "order.read"]})

        assert "order.write" in assert_problem(answer, 403, "permission_denied")["detail"]
        assert not ApiKey.objects.exists()

    def test_of_a_key_that_makes_keys_stays_within_that_key(self, partner):
        api = limited(partner, Scope.KEY_WRITE, Scope.ORDER_READ)

        assert api.post(KEYS, {}).json()["scopes"] == ["key.write", "order.read"]
        assert_problem(api.post(KEYS, {"scopes": ["card.read"]}), 403, "permission_denied")

    def test_of_a_test_key_gives_no_live_key(self, partner):
        api = client_of(factories.make_key(partner=partner, mode="test"))

        assert_problem(api.post(KEYS, {}), 403, "permission_denied")
        assert api.post(KEYS, {"mode": "test"}).status_code == 201

    def test_of_a_key_bound_to_networks_stays_within_them(self, partner):
        api = limited(partner, Scope.KEY_WRITE, allowed_networks=["127.0.0.0/8"])

        assert_problem(api.post(KEYS, {}), 403, "permission_denied")
        assert_problem(api.post(KEYS, {"allowed_networks": ["0.0.0.0/0"]}), 403, "permission_denied")
        assert_problem(api.post(KEYS, {"allowed_networks": ["::1"]}), 403, "permission_denied")
        assert api.post(KEYS, {"allowed_networks": ["127.0.0.1"]}).status_code == 201

    @pytest.mark.parametrize(
        "body",
        [
            {"scopes": ["everything"]},
            {"mode": "real"},
            {"allowed_networks": ["10.0.0.1/8"]},
            {"allowed_networks": ["here"]},
            {"expires_at": "2020-01-01T00:00:00Z"},
            {"name": "x" * 101},
        ],
    )
    def test_with_wrong_fields_makes_none(self, partner, body):
        assert_problem(user_client(partner=partner, role="owner").post(KEYS, body), 400, "invalid_request")
        assert not ApiKey.objects.exists()

    @pytest.mark.parametrize("role", ["buyer", "viewer"])
    def test_needs_the_scope(self, partner, role):
        assert_problem(user_client(partner=partner, role=role).post(KEYS, {}), 403, "permission_denied")


class TestATestKey:
    def test_comes_with_a_test_wallet_for_each_currency(self, partner):
        factories.make_wallet(partner, currency="USD", fund="5")
        factories.make_wallet(partner, currency="EUR", fund="0")
        owner = user_client(partner=partner, role="owner")

        key = owner.post(KEYS, {"mode": "test"}).json()["api_key"]
        owner.post(KEYS, {"mode": "test"})

        assert key.startswith("stl_test_")
        wallets = client_of(key).get("/api/wallet").json()["results"]
        assert {(w["currency"], w["available"]) for w in wallets} == {("USD", "10000.00"), ("EUR", "10000.00")}
        live = Wallet.objects.filter(mode="live").values_list("currency", "available")
        assert set(live) == {("USD", Decimal(5)), ("EUR", Decimal(0))}


class TestTheList:
    def test_takes_few_queries_however_many_there_are(self, partner, django_assert_num_queries):
        owner = user_client(partner=partner, role="owner")
        for _ in range(7):
            factories.make_key(partner=partner)
        factories.make_key(partner=factories.PartnerFactory())

        with django_assert_num_queries(2):
            assert len(owner.get(KEYS).json()["results"]) == 7
        assert [len(found) for found in walk(owner, KEYS, 3)] == [3, 3, 1]


class TestRotatingAKey:
    def test_lets_both_be_used_for_a_while(self, partner):
        raw = factories.make_key(partner=partner, name="shop", allowed_networks=["127.0.0.1/32"])
        old = ApiKey.objects.get()

        made = client_of(raw).post(f"{KEYS}/{old.pk}/rotate", {"overlap_seconds": 3600})

        assert made.status_code == 201, made.json()
        body = made.json()
        assert (body["name"], body["allowed_networks"]) == ("shop", ["127.0.0.1/32"])
        assert client_of(raw).get("/api/wallet").status_code == 200
        assert client_of(body["api_key"]).get("/api/wallet").status_code == 200
        old.refresh_from_db()
        assert timedelta(minutes=59) < old.expires_at - timezone.now() <= timedelta(hours=1)

    def test_gives_no_more_than_the_rotator_has(self, partner):
        big = ApiKey.objects.get(pk=_id_of(factories.make_key(partner=partner)))

        answer = limited(partner, Scope.KEY_WRITE).post(f"{KEYS}/{big.pk}/rotate", {})

        assert_problem(answer, 403, "permission_denied")
        big.refresh_from_db()
        assert big.expires_at is None

    def test_keeps_a_limited_time(self, partner, developer):
        factories.make_key(partner=partner, expires_at=timezone.now() + timedelta(days=5), scopes=["order.read"])
        old = ApiKey.objects.get()

        body = developer.post(f"{KEYS}/{old.pk}/rotate", {"overlap_seconds": 0}).json()

        new = ApiKey.objects.get(pk=body["id"])
        assert timedelta(days=4) < new.expires_at - timezone.now() <= timedelta(days=5, minutes=1)

    def test_for_too_long_is_refused(self, partner, developer):
        factories.make_key(partner=partner, scopes=["order.read"])

        answer = developer.post(f"{KEYS}/{ApiKey.objects.get().pk}/rotate", {"overlap_seconds": 31 * 86400})

        assert_problem(answer, 400, "invalid_request")


class TestRevokingAKey:
    def test_ends_it_at_once_and_twice_changes_nothing(self, partner, developer):
        raw = factories.make_key(partner=partner)
        address = f"{KEYS}/{ApiKey.objects.get().pk}/revoke"

        assert developer.post(address, {"reason": "Leaked"}).json()["status"] == "revoked"
        assert developer.post(address, {}).status_code == 200

        assert_problem(client_of(raw).get("/api/wallet"), 401, "key_revoked")
        assert AuditEntry.objects.get(action="key.revoke").reason == "Leaked"

    def test_of_a_live_key_is_refused_to_a_test_key(self, partner):
        live = _id_of(factories.make_key(partner=partner))
        api = client_of(factories.make_key(partner=partner, mode="test"))

        assert_problem(api.post(f"{KEYS}/{live}/revoke", {}), 403, "permission_denied")

    @pytest.mark.parametrize("verb", ["rotate", "revoke"])
    def test_of_another_partner_is_not_found(self, developer, verb):
        foreign = _id_of(factories.make_key(partner=factories.PartnerFactory()))

        assert_problem(developer.post(f"{KEYS}/{foreign}/{verb}", {}), 404, "not_found")


class TestStaff:
    def test_make_rotate_and_revoke_with_a_reason(self, partner):
        boss = staff_client("admin")
        keys = f"/api/staff/partner/{partner.pk}/key"

        made = boss.post(keys, {"reason": "Asked by phone", "mode": "test"}).json()
        rotated = boss.post(f"{keys}/{made['id']}/rotate", {"reason": "Rotation", "overlap_seconds": 0}).json()
        ended = boss.post(f"{keys}/{rotated['id']}/revoke", {"reason": "Closed"}).json()

        assert made["api_key"].startswith("stl_test_")
        assert ended["status"] == "revoked"
        assert [row["status"] for row in boss.get(keys).json()["results"]] == ["revoked", "expired"]
        reasons = AuditEntry.objects.filter(action__startswith="key.").order_by("id").values_list("reason", flat=True)
        assert list(reasons) == ["Asked by phone", "Rotation", "Rotation", "Closed"]

    def test_give_a_reason(self, partner):
        answer = staff_client("admin").post(f"/api/staff/partner/{partner.pk}/key", {})

        assert assert_problem(answer, 400, "invalid_request")["errors"].keys() == {"reason"}

    def test_find_no_keys_of_a_partner_that_is_gone(self, partner):
        assert_problem(staff_client("admin").get("/api/staff/partner/0/key"), 404, "not_found")


class TestAListOfNetworks:
    def test_keeps_strangers_out(self, partner, settings):
        settings.TRUSTED_PROXIES = ("127.0.0.1",)
        api = client_of(factories.make_key(partner=partner, allowed_networks=["203.0.113.0/24", "2001:db8::/32"]))

        def status_from(address):
            return api.get("/api/wallet", headers={"X-Forwarded-For": address}).status_code

        assert_problem(api.get("/api/wallet"), 403, "ip_not_allowed")
        assert status_from("203.0.113.77") == status_from("2001:db8::5") == 200
        assert status_from("203.0.114.1") == status_from("203.0.113.77, 198.51.100.1") == 403

    def test_does_not_believe_what_a_client_forwards(self, partner):
        api = client_of(factories.make_key(partner=partner, allowed_networks=["203.0.113.0/24"]))

        answer = api.get("/api/wallet", headers={"X-Forwarded-For": "203.0.113.7"})

        assert_problem(answer, 403, "ip_not_allowed")

    def test_costs_no_further_query(self, partner, django_assert_num_queries):
        api = client_of(factories.make_key(partner=partner, allowed_networks=["127.0.0.1/32"]))

        with django_assert_num_queries(2):
            assert api.get("/api/wallet").status_code == 200


def _id_of(raw):
    return ApiKey.objects.get(prefix=raw[:15]).pk


class TestThePartnerItself:
    def test_is_told_who_it_is(self, buyer):
        Partner.objects.filter(pk=buyer.partner.pk).update(
            phone="+49 30 1", address="Am Markt 1", registration_number="HRB 7"
        )

        told = buyer.api.get("/api/partner/me").json()

        assert (told["id"], told["name"], told["email"]) == (buyer.partner.pk, buyer.partner.name, buyer.partner.email)
        assert (told["phone"], told["address"], told["registration_number"]) == ("+49 30 1", "Am Markt 1", "HRB 7")
        assert told["logo_url"] == ""
