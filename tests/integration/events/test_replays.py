"""What partners ask for beside the sequence: events once more, a test, the log; and secrets that cannot be read."""

import uuid

import pytest
from standardwebhooks import Webhook

from partners import services as partners
from partners.models import Event, WebhookDelivery, WebhookEndpoint, WebhookReplay
from partners.services import EndpointChange
from steller.errors import InvalidRequestError
from tests.integration.events.conftest import endpoint_at, endpoint_row, happen, pass_time

pytestmark = pytest.mark.django_db


class TestReplays:
    def test_send_a_range_in_order_under_the_same_ids(self, partner, receiver):
        new = endpoint_at(receiver, partner)
        happen(partner, *["order.succeeded"] * 5)
        partners.deliver_due()

        partners.replay(
            endpoint_id=new.endpoint.pk, partner_id=partner.pk, mode="live", actor="user:1", after=1, until=3
        )
        partners.deliver_due()

        assert receiver.numbers == [1, 2, 3, 4, 5, 2, 3]
        ids = [each.id for each in receiver.received]
        assert ids[5:] == ids[1:3]
        assert endpoint_row(new).last_delivered == 5
        assert endpoint_row(new).due_at is None

    def test_send_chosen_events(self, partner, receiver):
        new = endpoint_at(receiver, partner, kinds=["wallet.low"])
        happen(partner, *["order.succeeded"] * 3)
        ids = [Event.objects.get(number=number).public_id for number in (3, 1)]

        partners.replay(endpoint_id=new.endpoint.pk, partner_id=partner.pk, mode="live", actor="user:1", event_ids=ids)
        partners.deliver_due()

        assert receiver.numbers == [1, 3]

    def test_that_fail_hold_up_nothing_new(self, partner, receiver):
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()
        receiver.answers = lambda count: 500 if count == 2 else 200
        partners.replay(endpoint_id=new.endpoint.pk, partner_id=partner.pk, mode="live", actor="user:1")
        partners.deliver_due()

        happen(partner, "order.failed")
        partners.deliver_due()
        assert receiver.numbers == [1, 1, 2]
        pass_time(seconds=3)
        partners.deliver_due()

        assert receiver.numbers == [1, 1, 2, 1]
        assert endpoint_row(new).due_at is None

    def test_that_fail_sixty_times_are_given_up(self, partner, receiver):
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()
        receiver.answers = lambda _count: 500
        partners.replay(endpoint_id=new.endpoint.pk, partner_id=partner.pk, mode="live", actor="user:1")
        WebhookReplay.objects.update(failures=59)

        partners.deliver_due()

        replay = WebhookReplay.objects.get()
        assert (replay.given_up, replay.failures, replay.next_attempt_at) == (True, 60, None)
        assert replay.done_at is not None
        assert endpoint_row(new).status == "active"

    def test_to_a_paused_endpoint_wait_until_it_is_resumed(self, partner, receiver):
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()
        own = {"endpoint_id": new.endpoint.pk, "partner_id": partner.pk, "mode": "live", "actor": "user:1"}
        partners.change_endpoint(change=EndpointChange(paused=True), **own)
        partners.replay(**own)

        partners.deliver_due()
        assert len(receiver.received) == 1
        partners.change_endpoint(change=EndpointChange(paused=False), **own)
        partners.deliver_due()

        assert [each.json["number"] for each in receiver.received] == [1, 1]

    def test_take_a_hundred_ids_at_most(self, partner, receiver):
        new = endpoint_at(receiver, partner)

        with pytest.raises(InvalidRequestError, match="At most 100 ids"):
            partners.replay(
                endpoint_id=new.endpoint.pk,
                partner_id=partner.pk,
                mode="live",
                actor="user:1",
                event_ids=[uuid.uuid4() for _ in range(101)],
            )


class TestATest:
    def test_that_fails_is_logged_and_moves_nothing(self, partner, receiver):
        new = endpoint_at(receiver, partner)
        receiver.answers = lambda _count: 500
        partners.request_test(endpoint_id=new.endpoint.pk, partner_id=partner.pk, mode="live", actor="user:1")

        partners.deliver_due()

        row = endpoint_row(new)
        assert (row.test_id, row.failures, row.last_success_at) == (None, 0, None)
        assert WebhookDelivery.objects.get().status_code == 500

    def test_is_sent_and_logged(self, partner, receiver):
        new = endpoint_at(receiver, partner)

        test_id = partners.request_test(endpoint_id=new.endpoint.pk, partner_id=partner.pk, mode="live", actor="user:1")
        partners.deliver_due()
        partners.deliver_due()

        [got] = receiver.received
        assert got.id == f"test_{test_id}"
        assert Webhook(new.secret).verify(got.body, got.headers)["type"] == "webhook.test"
        assert WebhookDelivery.objects.get().succeeded

    def test_that_succeeds_ends_the_pause_of_a_failed_endpoint(self, partner, receiver):
        receiver.answers = lambda _count: 410
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()
        receiver.answers = lambda _count: 200

        partners.request_test(endpoint_id=new.endpoint.pk, partner_id=partner.pk, mode="live", actor="user:1")
        partners.deliver_due()

        assert endpoint_row(new).status == "active"
        assert receiver.numbers[:3] == [1, None, 1]


class TestTheLog:
    def test_forgets_after_a_month(self, partner, receiver):
        endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()
        pass_time(days=29)
        assert partners.forget_old() == 0
        pass_time(days=2)

        assert partners.forget_old() == 1


class TestASecret:
    def test_that_cannot_be_read_stops_only_its_own_endpoint(self, partner, make_receiver):
        broken, sound = make_receiver(), make_receiver()
        first = endpoint_at(broken, partner)
        second = endpoint_at(sound, partner)
        WebhookEndpoint.objects.filter(pk=first.endpoint.pk).update(secret=endpoint_row(second).secret)
        happen(partner, "order.succeeded")

        partners.deliver_due()

        assert (broken.numbers, sound.numbers) == ([], [1])
        assert WebhookDelivery.objects.get(succeeded=False).error == "our copy of the secret cannot be read"
