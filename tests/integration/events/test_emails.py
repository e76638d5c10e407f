"""E-mails: sent once, again after a failure, forgotten afterwards, wanted by their partner, and without any code."""

import smtplib
import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models import F
from django_subatomic.db import transaction

from catalog.queries import LineRequest
from orders.models import Card, OrderType
from orders.services import placement
from partners import services as partners
from partners.models import AuditEntry, Email, NotificationKind, Partner
from partners.queries import Scope
from partners.services import mailing
from steller.encryption import card_keys
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.shop import Shop, Supplier

pytestmark = pytest.mark.django_db


class Server(EmailBackend):
    """A mail server that fails as it is told, then delivers."""

    failures: list[Exception] = []

    def send_messages(self, messages):
        if Server.failures:
            raise Server.failures.pop(0)
        return super().send_messages(messages)


@pytest.fixture
def server(settings):
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.Server"}}
    Server.failures = []
    return Server


def write(**options):
    with transaction():
        partners.queue_email(
            **{
                "to": "a@partner.example",
                "kind": "webhook_paused",
                "context": {"url": "https://a.example/?a=1&b=2", "explanation": "it's down"},
                "actor": "system:test",
                **options,
            }
        )


def pass_time(**delta):
    Email.objects.update(next_attempt_at=F("next_attempt_at") - timedelta(**delta))


class TestSending:
    def test_sends_text_and_html_from_us(self, settings):
        settings.EMAIL_FROM = "Steller <hello@steller.example>"
        write()

        assert partners.send_emails() == 1

        [message] = mail.outbox
        email = Email.objects.get()
        assert (message.from_email, message.to) == (settings.EMAIL_FROM, ["a@partner.example"])
        assert message.extra_headers["Message-ID"] == f"<{email.pk}@steller.example>"
        assert "https://a.example/?a=1&b=2" in message.body
        assert "it's down" in message.body
        [html] = message.alternatives
        assert "?a=1&amp;b=2" in html.content
        assert '<html lang="en">' in html.content

    def test_erases_what_was_sent(self):
        write()

        partners.send_emails()

        email = Email.objects.get()
        assert (email.status, email.content, email.attempts) == ("sent", "", 1)
        assert email.sent_at

    def test_sends_each_once(self):
        for _ in range(3):
            write()

        assert partners.send_emails() == 3
        assert partners.send_emails() == 0
        assert len(mail.outbox) == 3

    def test_takes_a_message_that_a_dead_worker_left(self):
        write()
        mailing._take()

        assert partners.send_emails() == 0
        pass_time(minutes=6)
        assert partners.send_emails() == 1
        assert Email.objects.get().attempts == 2

    @pytest.mark.parametrize("failure", [ConnectionRefusedError(), TimeoutError(), smtplib.SMTPServerDisconnected("x")])
    def test_tries_again_later(self, server, failure):
        server.failures = [failure]
        write()

        partners.send_emails()
        assert Email.objects.get().status == "queued"
        assert partners.send_emails() == 0
        pass_time(seconds=31)
        partners.send_emails()

        assert Email.objects.get().status == "sent"
        assert len(mail.outbox) == 1

    def test_gives_up_in_the_end_and_keeps_the_reason_only(self, server):
        server.failures = [ConnectionRefusedError("secret detail")] * 20
        write()
        for _ in range(len(mailing.PAUSES) + 3):
            partners.send_emails()
            pass_time(days=2)

        email = Email.objects.get()
        assert (email.status, email.content, email.error) == ("failed", "", "ConnectionRefusedError")
        assert email.attempts == len(mailing.PAUSES) + 1

    def test_gives_up_at_once_when_the_address_is_refused_for_good(self, server):
        server.failures = [smtplib.SMTPRecipientsRefused({"a@partner.example": (550, b"no such user")})]
        write()

        partners.send_emails()

        assert Email.objects.get().status == "failed"

    def test_one_that_fails_delays_no_other(self, server):
        server.failures = [TimeoutError()]
        write()
        write(to="b@partner.example")

        partners.send_emails()

        assert [message.to for message in mail.outbox] == [["b@partner.example"]]


class TestAnOrderOfThe:
    @pytest.fixture
    def shop(self, settings):
        settings.BAMBOO_LIMITS = {}
        return Shop(Supplier()).open()

    def order(self, shop, kind):
        partner_id = shop.partner()
        user = factories.UserFactory(partner=Partner.objects.get(pk=partner_id), role="buyer")
        product = shop.products()[0]
        request = placement.OrderRequest(
            request_id=uuid.uuid4(),
            currency="USD",
            lines=(LineRequest(product_id=product.pk, face_value=product.min_face_value, quantity=2),),
        )
        placement.place_order(partner_id=partner_id, mode="live", request=request, actor=f"user:{user.pk}", type=kind)
        return partner_id, user

    def finish(self, shop):
        shop.work()
        partners.number_events()
        partners.send_emails()

    def test_dashboard_is_confirmed_and_its_result_told_to_who_placed_it(self, shop):
        _, user = self.order(shop, OrderType.DASHBOARD)
        self.finish(shop)

        assert [message.to for message in mail.outbox] == [[user.email]] * 2
        confirmed, result = mail.outbox
        assert "is accepted" in confirmed.subject
        assert "is delivered" in result.subject
        assert "Cards delivered: 2" in result.body

    def test_api_is_mailed_of_only_when_its_partner_wants_that(self, shop):
        partner_id, _ = self.order(shop, OrderType.API)
        self.finish(shop)
        assert not mail.outbox

        partners.change_preferences(
            partner_id=partner_id,
            changes={NotificationKind.API_ORDER_RESULT: (True, ["orders@partner.example", "b@partner.example"])},
            actor="user:1",
        )
        shop.order(partner_id, (shop.products()[0], 1))
        self.finish(shop)

        assert [message.to for message in mail.outbox] == [["orders@partner.example"], ["b@partner.example"]]

    def test_dashboard_is_not_mailed_of_when_its_partner_does_not_want_that(self, shop):
        partner_id, _ = self.order(shop, OrderType.DASHBOARD)
        partners.change_preferences(
            partner_id=partner_id, changes={NotificationKind.ORDER_RESULT: (False, None)}, actor="user:1"
        )
        self.finish(shop)

        assert ["is accepted" in message.subject for message in mail.outbox] == [True]

    def test_dashboard_has_no_code_in_any_mail(self, shop):
        self.order(shop, OrderType.DASHBOARD)
        shop.work()
        partners.number_events()
        secrets = [
            card_keys().decrypt(value, place=card.place(field))
            for card in Card.objects.all()
            for field, value in (("code", card.code), ("pin", card.pin))
            if value
        ]
        partners.send_emails()

        assert len(secrets) >= 2
        everything = "".join(f"{m.subject}{m.body}{m.alternatives[0].content}" for m in mail.outbox)
        assert len(mail.outbox) == 2
        assert not [secret for secret in secrets if len(secret) > 3 and secret in everything]
        assert not [card for card in Card.objects.all() if card.serial_number and card.serial_number in everything]

    def test_dashboard_stands_though_its_mail_cannot_be_written(self, shop, settings, tmp_path):
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

        self.order(shop, OrderType.DASHBOARD)
        self.finish(shop)

        assert not Email.objects.exists()


class TestPreferences:
    @pytest.fixture
    def api(self, partner):
        return client_of(factories.make_key(partner=partner))

    def test_show_every_kind_with_its_default(self, api, django_assert_num_queries):
        with django_assert_num_queries(2):
            rows = api.get("/api/partner/notification").json()["results"]

        assert {row["kind"] for row in rows} == set(NotificationKind.values)
        assert {row["kind"]: row["enabled"] for row in rows}["api_order_result"] is False
        assert {row["kind"]: row["enabled"] for row in rows}["wallet_low"] is True

    def test_are_changed_one_by_one(self, api):
        body = {"results": [{"kind": "wallet_low", "addresses": ["cfo@partner.example"]}]}
        changed = api.patch("/api/partner/notification", body).json()["results"]
        api.patch("/api/partner/notification", {"results": [{"kind": "wallet_low", "enabled": False}]})
        rows = api.get("/api/partner/notification").json()["results"]

        [first] = [row for row in changed if row["kind"] == "wallet_low"]
        [second] = [row for row in rows if row["kind"] == "wallet_low"]
        assert (first["enabled"], first["addresses"]) == (True, ["cfo@partner.example"])
        assert (second["enabled"], second["addresses"]) == (False, ["cfo@partner.example"])
        assert AuditEntry.objects.filter(action="notification.change").count() == 2

    @pytest.mark.parametrize(
        "row",
        [
            {"kind": "unheard_of", "enabled": True},
            {"kind": "wallet_low", "addresses": ["not an address"]},
            {"kind": "wallet_low", "addresses": [f"a{n}@partner.example" for n in range(11)]},
            {"kind": "wallet_low", "enabled": "perhaps"},
            {"enabled": True},
        ],
    )
    def test_refuse(self, api, row):
        assert_problem(api.patch("/api/partner/notification", {"results": [row]}), 400, "invalid_request")

    def test_need_their_scope(self, partner):
        api = client_of(factories.make_key(partner=partner, scopes=[Scope.ORDER_READ]))

        assert_problem(api.get("/api/partner/notification"), 403, "permission_denied")

    def test_send_nothing_that_is_switched_off(self, partner):
        kind = NotificationKind.WEBHOOK_PAUSED
        partners.change_preferences(partner_id=partner.pk, changes={kind: (False, None)}, actor="user:1")

        with transaction():
            assert partners.notify(partner_id=partner.pk, kind=kind, context={"url": "x"}, actor="x") == 0

    def test_let_no_person_of_another_partner_in(self, partner):
        stranger = factories.UserFactory(role="owner")

        with transaction():
            partners.notify(
                partner_id=partner.pk,
                kind=NotificationKind.WEBHOOK_PAUSED,
                context={"url": "x"},
                actor="x",
                person=f"user:{stranger.pk}",
            )

        assert Email.objects.get().to == partner.email
