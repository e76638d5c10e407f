"""Sending events: in order, without loss, once more under the same id, signed, bounded."""

import base64
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from standardwebhooks import Webhook

from partners import services as partners
from partners.models import AuditEntry, Email, Event, WebhookDelivery
from partners.services import results, sending, turns
from steller import outbound
from steller.errors import InvalidRequestError
from tests import factories
from tests.conftest import client_of
from tests.integration.events.conftest import change, endpoint_at, endpoint_row, happen, pass_time

pytestmark = pytest.mark.django_db


class TestDelivery:
    def test_sends_each_event_once_and_in_order(self, partner, receiver):
        new = endpoint_at(receiver, partner)

        happen(partner, *["order.succeeded"] * 5)
        partners.deliver_due()
        partners.deliver_due()

        assert receiver.numbers == [1, 2, 3, 4, 5]
        assert endpoint_row(new).last_delivered == 5
        assert endpoint_row(new).due_at is None

    def test_sends_what_the_list_of_events_shows(self, partner, receiver):
        endpoint_at(receiver, partner)
        happen(partner, "order.failed")

        partners.deliver_due()

        [shown] = client_of(factories.make_key(partner=partner)).get("/api/event").json()["results"]
        assert receiver.received[0].json == shown
        assert receiver.received[0].id == f"evt_{shown['id']}"

    def test_begins_with_what_happens_after_the_endpoint_was_made(self, partner, receiver):
        happen(partner, "order.failed")
        endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")

        partners.deliver_due()

        assert receiver.numbers == [2]

    def test_is_signed_as_the_public_library_expects(self, partner, receiver):
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")

        partners.deliver_due()

        got = receiver.received[0]
        assert Webhook(new.secret).verify(got.body, got.headers) == got.json

    def test_bears_both_signatures_while_a_rotation_overlaps(self, partner, receiver):
        old = endpoint_at(receiver, partner)
        new = partners.rotate_secret(endpoint_id=old.endpoint.pk, partner_id=partner.pk, mode="live", actor="user:1")
        happen(partner, "order.succeeded")
        partners.deliver_due()
        pass_time(hours=24)
        happen(partner, "order.succeeded")
        partners.deliver_due()

        first, second = receiver.received
        for secret in (old.secret, new.secret):
            Webhook(secret).verify(first.body, first.headers)
        Webhook(new.secret).verify(second.body, second.headers)
        assert len(second.headers["webhook-signature"].split()) == 1

    def test_bears_two_signatures_for_a_week_at_most(self, partner, receiver):
        new = endpoint_at(receiver, partner)

        with pytest.raises(InvalidRequestError, match="a week at most"):
            partners.rotate_secret(
                endpoint_id=new.endpoint.pk,
                partner_id=partner.pk,
                mode="live",
                actor="user:1",
                overlap=timedelta(days=7, seconds=1),
            )
        assert endpoint_row(new).previous_secret == ""

    def test_has_a_secret_again_after_its_key_left_the_ring(self, partner, receiver, settings):
        old = endpoint_at(receiver, partner)
        settings.CARD_KEYS = f"next:{base64.b64encode(b'k' * 32).decode()}"

        new = partners.rotate_secret(endpoint_id=old.endpoint.pk, partner_id=partner.pk, mode="live", actor="user:1")

        happen(partner, "order.succeeded")
        partners.deliver_due()
        got = receiver.received[0]
        Webhook(new.secret).verify(got.body, got.headers)
        assert len(got.headers["webhook-signature"].split()) == 1

    def test_leaves_out_kinds_that_were_not_chosen(self, partner, receiver):
        new = endpoint_at(receiver, partner, kinds=["order.failed"])

        happen(partner, "order.succeeded", "order.failed", "order.succeeded")
        partners.deliver_due()

        assert receiver.numbers == [2]
        assert endpoint_row(new).last_delivered == 3

    def test_keeps_live_and_test_apart(self, partner, receiver):
        endpoint_at(receiver, partner)

        happen(partner, "order.succeeded", mode="test")
        partners.deliver_due()

        assert not receiver.received

    def test_sends_nothing_to_other_partners(self, partner, receiver):
        endpoint_at(receiver, partner)

        happen(factories.PartnerFactory(), "order.succeeded")
        partners.deliver_due()

        assert not receiver.received


class TestAReceiverThatIsDown:
    def test_gets_every_event_in_order_once_it_is_back(self, partner, receiver):
        receiver.answers = lambda _count: 503
        new = endpoint_at(receiver, partner)
        for _ in range(4):
            happen(partner, "order.succeeded", "order.failed")
            partners.deliver_due()
            pass_time(hours=2)
        assert set(receiver.numbers) == {1}
        assert len({each.id for each in receiver.received}) == 1

        receiver.answers = lambda _count: 200
        receiver.received.clear()
        partners.deliver_due()

        assert receiver.numbers == list(range(1, 9))
        assert endpoint_row(new).failures == 0

    def test_is_not_tried_before_its_pause_is_over(self, partner, receiver):
        receiver.answers = lambda _count: 500
        endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()

        happen(partner, "order.succeeded")
        partners.deliver_due()
        pass_time(seconds=3)
        partners.deliver_due()

        assert receiver.numbers == [1, 1]

    def test_is_tried_at_growing_distances(self, partner, receiver):
        receiver.answers = lambda _count: 500
        endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        for _ in range(12):
            partners.deliver_due()
            pass_time(hours=1.2)

        tries = list(WebhookDelivery.objects.order_by("pk"))

        assert [each.attempt for each in tries] == list(range(1, 13))
        for each, planned in zip(tries, [*results.PAUSES, results.PAUSES[-1]], strict=True):
            pause = (each.next_attempt_at - each.created_at).total_seconds()
            assert planned - 1 < pause < planned * 1.1 + 1

    def test_is_paused_after_three_days_and_its_partner_told(self, partner, receiver):
        receiver.answers = lambda _count: 500
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()
        pass_time(days=3)
        partners.deliver_due()
        partners.number_events()

        row = endpoint_row(new)
        assert (row.status, row.paused_by, row.last_delivered) == ("paused", "failures", 0)
        assert Email.objects.get().to == partner.email
        assert "paused" in Email.objects.get().subject
        assert Event.objects.filter(kind="webhook.paused", number=2).exists()
        assert AuditEntry.objects.filter(action="webhook.pause").exists()

    def test_is_probed_while_paused_and_goes_on_by_itself(self, partner, receiver):
        receiver.answers = lambda _count: 500
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()
        pass_time(days=3)
        partners.deliver_due()
        receiver.answers = lambda _count: 204
        receiver.received.clear()

        happen(partner, "order.failed")
        partners.deliver_due()
        assert not receiver.received
        pass_time(hours=6)
        partners.deliver_due()

        assert receiver.numbers == [1, 2, 3]
        assert endpoint_row(new).status == "active"

    def test_is_probed_for_a_month(self, partner, receiver):
        receiver.answers = lambda _count: 500
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        partners.deliver_due()
        pass_time(days=3)
        partners.deliver_due()
        pass_time(hours=6)
        partners.deliver_due()
        assert endpoint_row(new).retry_at is not None

        pass_time(days=30)
        partners.deliver_due()

        row = endpoint_row(new)
        assert (row.status, row.retry_at, row.due_at) == ("paused", None, None)
        assert len(receiver.received) == 4

    def test_that_is_gone_is_paused_at_once(self, partner, receiver):
        receiver.answers = lambda _count: 410
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")

        partners.deliver_due()
        pass_time(days=40)
        partners.deliver_due()

        assert endpoint_row(new).paused_by == "gone"
        assert len(receiver.received) == 1

    def test_gets_what_waited_when_somebody_resumes_it(self, partner, receiver):
        new = endpoint_at(receiver, partner)
        change(new, partner, paused=True)
        happen(partner, "order.succeeded", "order.failed")
        partners.deliver_due()
        assert not receiver.received

        change(new, partner, paused=False)
        partners.deliver_due()

        assert receiver.numbers == [1, 2]

    def test_is_not_followed_to_another_address(self, partner, receiver, make_receiver):
        elsewhere = make_receiver()
        receiver.answers = lambda _count: 302
        receiver.headers = {"Location": elsewhere.url}
        endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")

        partners.deliver_due()

        assert not elsewhere.received
        assert WebhookDelivery.objects.get().status_code == 302

    def test_leaves_a_short_printable_piece_of_its_answer(self, partner, receiver):
        receiver.answers = lambda _count: 500
        receiver.text = b"<h1>Oops</h1>\x1b[31m\x00" + b"x" * 100_000
        endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")

        partners.deliver_due()

        answer = WebhookDelivery.objects.get().answer
        assert answer.startswith("Oops [31m x")
        assert len(answer) == 200


class TestAKilledWorker:
    def test_has_its_event_sent_again_with_the_same_id(self, partner, receiver):
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded", "order.failed")
        turn = turns.take(busy_partners=[], seconds=3)
        outbound.post(turns.next_post(turn))

        partners.deliver_due()
        assert receiver.numbers == [1]
        pass_time(seconds=61)
        partners.deliver_due()

        assert receiver.numbers == [1, 1, 2]
        assert receiver.received[0].id == receiver.received[1].id
        assert endpoint_row(new).last_delivered == 2

    def test_that_comes_back_late_moves_nothing(self, partner, receiver):
        new = endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        late = turns.take(busy_partners=[], seconds=3)
        outcome = outbound.post(turns.next_post(late))
        pass_time(seconds=61)
        second = turns.take(busy_partners=[], seconds=3)

        assert turns.record(late, outcome) is False
        turns.give_back(late, more=False)

        row = endpoint_row(new)
        assert (row.last_delivered, row.lease_token) == (0, second.token)

    def test_loses_no_event_that_is_numbered_while_an_endpoint_is_given_back(self, partner, receiver):
        endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        turn = turns.take(busy_partners=[], seconds=3)
        while (post := turns.next_post(turn)) is not None:
            turns.record(turn, outbound.post(post))
        happen(partner, "order.failed")
        turns.give_back(turn, more=False)

        partners.deliver_due()

        assert receiver.numbers == [1, 2]


class TestFairness:
    def test_a_slow_partner_delays_nobody_else(self, partner, make_receiver):
        gate = threading.Event()
        slow = make_receiver(before=lambda: gate.wait(8))
        quick = make_receiver(before=gate.set)
        other = factories.PartnerFactory()
        for _ in range(sending.IN_FLIGHT + 2):
            endpoint_at(slow, partner)
        endpoint_at(quick, other)
        happen(partner, "order.succeeded")
        happen(other, "order.succeeded")

        began = time.monotonic()
        partners.deliver_due()

        # The slow ones were let go by the quick one, which therefore was served while they waited.
        assert time.monotonic() - began < 7
        assert len(slow.received) == sending.IN_FLIGHT + 2
        assert quick.numbers == [1]

    def test_only_one_process_sends(self, partner, receiver):
        endpoint_at(receiver, partner)
        happen(partner, "order.succeeded")
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(hashtext('partners.deliver'))")
            assert partners.deliver_due() == 0
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('partners.deliver'))")
        finally:
            other.close()

        assert partners.deliver_due() == 1
