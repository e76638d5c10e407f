"""`/api/webhook`: endpoints as partners manage them."""

import uuid

import pytest

from partners import services as partners
from partners.models import AuditEntry, WebhookEndpoint
from partners.queries import Scope
from partners.services import webhooks
from steller.encryption import DecryptionError, card_keys
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, walk
from tests.integration.events.conftest import endpoint_at, happen

pytestmark = pytest.mark.django_db
URL = "https://partner.example/hooks"


@pytest.fixture
def api(partner):
    return client_of(factories.make_key(partner=partner))


def made(api, **fields):
    answer = api.post("/api/webhook", {"url": URL, **fields})
    assert answer.status_code == 201, answer.json()
    return answer.json()


class TestMaking:
    def test_shows_the_secret_once(self, api):
        answer = api.post("/api/webhook", {"url": URL, "description": "Shop", "events": ["order.failed"]})

        body = answer.json()
        assert answer.status_code == 201
        assert answer.headers["Cache-Control"] == "no-store"
        assert body["secret"].startswith("whsec_")
        shown = api.get(f"/api/webhook/{body['id']}").json()
        assert "secret" not in shown
        assert (shown["url"], shown["description"], shown["events"]) == (URL, "Shop", ["order.failed"])
        assert shown["status"] == "active"

    def test_stores_the_secret_encrypted_and_bound_to_its_row(self, api):
        body, other = made(api), made(api)
        row = WebhookEndpoint.objects.get(pk=body["id"])

        assert body["secret"] not in row.secret
        assert card_keys().decrypt(row.secret, place=row.place("secret")) == body["secret"]
        with pytest.raises(DecryptionError):
            card_keys().decrypt(row.secret, place=WebhookEndpoint.objects.get(pk=other["id"]).place("secret"))

    @pytest.mark.parametrize(
        "fields",
        [
            {"url": "http://partner.example/"},
            {"url": "https://127.0.0.1/"},
            {"url": "https://[::ffff:10.0.0.1]/"},
            {"url": ""},
            {"events": ["order.unheard_of"]},
            {"events": "order.failed"},
            {"description": "x" * 201},
        ],
    )
    def test_refuses(self, api, fields):
        assert_problem(api.post("/api/webhook", {"url": URL, **fields}), 400, "invalid_request")
        assert not WebhookEndpoint.objects.exists()

    def test_ends_at_twenty(self, api):
        for _ in range(webhooks.MOST_ENDPOINTS):
            made(api)

        assert_problem(api.post("/api/webhook", {"url": URL}), 400, "invalid_request")

    def test_is_in_the_audit_log_without_the_secret(self, api):
        body = made(api)

        entry = AuditEntry.objects.get(action="webhook.create")
        assert entry.subject == f"webhook:{body['id']}"
        assert body["secret"] not in str(entry.after)


class TestTheList:
    def test_takes_two_queries(self, api, django_assert_num_queries):
        for _ in range(5):
            made(api)

        with django_assert_num_queries(2):
            assert len(api.get("/api/webhook").json()["results"]) == 5

    def test_is_walked_once_each(self, api):
        for _ in range(5):
            made(api)

        assert [len(page) for page in walk(api, "/api/webhook", 2)] == [2, 2, 1]

    def test_leaves_out_what_is_deleted_or_of_another_mode(self, api, partner):
        body = made(api)
        api.delete(f"/api/webhook/{body['id']}")
        made(client_of(factories.make_key(partner=partner, mode="test")))

        assert api.get("/api/webhook").json()["results"] == []


class TestChanging:
    def test_pauses_and_resumes(self, api):
        address = f"/api/webhook/{made(api)['id']}"

        paused = api.patch(address, {"status": "paused"}).json()
        active = api.patch(address, {"status": "active", "description": "Back"}).json()

        assert (paused["status"], paused["paused_by"]) == ("paused", "partner")
        assert (active["status"], active["paused_by"], active["description"]) == ("active", None, "Back")

    def test_refuses_a_forbidden_address(self, api):
        body = made(api)

        answer = api.patch(f"/api/webhook/{body['id']}", {"url": "https://192.168.0.1/"})

        assert_problem(answer, 400, "invalid_request")
        assert api.get(f"/api/webhook/{body['id']}").json()["url"] == URL

    def test_rotates_the_secret(self, api):
        body = made(api)

        new = api.post(f"/api/webhook/{body['id']}/rotate", {"overlap_hours": 1}).json()

        assert new["secret"] != body["secret"]
        assert new["previous_secret_until"]

    def test_deletes_and_forgets_the_secrets(self, api):
        body = made(api)

        assert api.delete(f"/api/webhook/{body['id']}").status_code == 204

        assert_problem(api.get(f"/api/webhook/{body['id']}"), 404, "not_found")
        assert WebhookEndpoint.objects.get().secret == ""


class TestTheDeliveryLog:
    def test_tells_of_each_try(self, api, partner, receiver):
        receiver.answers = lambda _count: 500
        receiver.text = b"out of order"
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()

        [row] = api.get(f"/api/webhook/{new.endpoint.pk}/delivery").json()["results"]

        assert row["webhook_id"] == f"evt_{row['event_id']}"
        assert (row["number"], row["type"], row["attempt"]) == (1, "order.succeeded", 1)
        assert (row["succeeded"], row["status_code"], row["answer"]) == (False, 500, "out of order")
        assert row["next_attempt_at"] > row["created_at"]

    def test_is_walked_in_a_fixed_number_of_queries(self, api, partner, receiver, django_assert_num_queries):
        new = endpoint_at(receiver, partner)
        happen(partner, *["order.succeeded"] * 7)
        partners.deliver_due()

        with django_assert_num_queries(3):
            api.get(f"/api/webhook/{new.endpoint.pk}/delivery")
        pages = walk(api, f"/api/webhook/{new.endpoint.pk}/delivery", 3)
        assert [[row["number"] for row in page] for page in pages] == [[7, 6, 5], [4, 3, 2], [1]]


class TestReplaysAndTests:
    def test_are_taken_on(self, api, partner, receiver):
        new = endpoint_at(receiver, partner)
        happen(partner, *["order.succeeded"] * 3)
        partners.deliver_due()
        event = api.get("/api/event").json()["results"][2]

        ranged = api.post(f"/api/webhook/{new.endpoint.pk}/replay", {"after": 0, "until": 2})
        chosen = api.post(f"/api/webhook/{new.endpoint.pk}/replay", {"ids": [event["id"]]})
        test = api.post(f"/api/webhook/{new.endpoint.pk}/test")
        partners.deliver_due()

        assert [answer.status_code for answer in (ranged, chosen, test)] == [202, 202, 202]
        assert receiver.numbers == [1, 2, 3, None, 1, 2, 3]
        assert receiver.received[3].id == test.json()["webhook_id"]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"until": 2},
            {"after": 0, "ids": [str(uuid.uuid4())]},
            {"ids": [str(uuid.uuid4())]},
            {"ids": []},
            {"after": 1},
            {"after": -1},
            {"after": 0, "until": 0},
        ],
    )
    def test_refuse_what_names_no_events(self, api, partner, body):
        happen(partner, "order.succeeded")

        answer = api.post(f"/api/webhook/{made(api)['id']}/replay", body)

        assert_problem(answer, 400, "invalid_request")

    def test_do_not_pile_up(self, api, partner):
        happen(partner, "order.succeeded")
        address = f"/api/webhook/{made(api)['id']}/replay"
        for _ in range(webhooks.MOST_OPEN_REPLAYS):
            assert api.post(address, {"after": 0}).status_code == 202

        assert_problem(api.post(address, {"after": 0}), 400, "invalid_request")


class TestAnotherPartner:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", ""),
            ("patch", ""),
            ("delete", ""),
            ("post", "/rotate"),
            ("post", "/test"),
            ("get", "/delivery"),
        ],
    )
    def test_finds_nothing(self, api, method, path):
        body = made(api)
        other = client_of(factories.make_key(partner=factories.PartnerFactory()))

        answer = getattr(other, method)(f"/api/webhook/{body['id']}{path}")

        assert_problem(answer, 404, "not_found")

    def test_cannot_replay_events_that_are_not_its_own(self, api, partner):
        happen(partner, "order.succeeded")
        event = api.get("/api/event").json()["results"][0]
        other = client_of(factories.make_key(partner=factories.PartnerFactory()))

        answer = other.post(f"/api/webhook/{made(other)['id']}/replay", {"ids": [event["id"]]})

        assert_problem(answer, 400, "invalid_request")

    def test_needs_the_scope(self, partner):
        api = client_of(factories.make_key(partner=partner, scopes=[Scope.EVENT_READ]))

        assert_problem(api.get("/api/webhook"), 403, "permission_denied")
