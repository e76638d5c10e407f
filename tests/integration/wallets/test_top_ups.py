"""Top-ups and adjustments: asked for once, decided by the right people, booked once, told to the partner."""

from decimal import Decimal

import pytest

from partners import services as partners
from partners.models import AuditEntry, Email, Event, NotificationKind
from steller.errors import InsufficientFundsError, InvalidRequestError, NotFoundError
from tests import factories
from tests.integration.wallets.conftest import content_of
from tests.shop import check_books
from wallets import services as wallets
from wallets.models import Adjustment, TopUp, WalletEntry

pytestmark = pytest.mark.django_db
PARTNER = "key:7"


def ask(wallet, amount="500", reference="INV-1", **changes):
    fields = {"partner_id": wallet.partner_id, "mode": wallet.mode, "wallet_id": wallet.pk, "actor": PARTNER}
    return wallets.request_top_up(**{**fields, "amount": Decimal(amount), "reference": reference, **changes}).request


def record(wallet, actor, amount="500", reference="INV-1"):
    return wallets.record_top_up(wallet_id=wallet.pk, amount=Decimal(amount), reference=reference, actor=actor)


def adjust(wallet, actor, amount, reference="A-1", reason="Counted twice"):
    return wallets.record_adjustment(
        wallet_id=wallet.pk, amount=Decimal(amount), reference=reference, actor=actor, reason=reason
    )


def available(wallet):
    wallet.refresh_from_db()
    return wallet.available


class TestATopUpThatAPartnerAsksFor:
    def test_moves_no_money_by_itself(self, wallet):
        assert ask(wallet).status == "pending"

        assert available(wallet) == 1000
        assert AuditEntry.objects.filter(action="top_up.request", actor=PARTNER).count() == 1

    def test_is_booked_when_one_of_our_staff_approves(self, wallet, people):
        done = wallets.approve_top_up(top_up_id=ask(wallet).pk, actor=people[0], reason="Seen on the account")

        assert (done.status, done.decided_by) == ("approved", people[0])
        assert available(wallet) == 1500
        entry = WalletEntry.objects.latest("version")
        assert (entry.kind, entry.reference, entry.actor) == ("top_up", "INV-1", people[0])
        check_books()

    def test_is_booked_once_however_often_it_is_approved(self, wallet, people):
        request = ask(wallet)

        for person in people:
            wallets.approve_top_up(top_up_id=request.pk, actor=person)

        assert available(wallet) == 1500

    def test_is_told_by_event_and_mail(self, wallet, people):
        wallets.approve_top_up(top_up_id=ask(wallet, note="for <b>May</b>").pk, actor=people[0])

        event, email = Event.objects.get(), Email.objects.get()
        assert (event.kind, event.partner_id) == ("wallet.credited", wallet.partner_id)
        assert event.body == {
            "wallet_id": wallet.pk,
            "currency": "USD",
            "mode": "live",
            "kind": "top_up",
            "amount": "500.00",
            "reference": "INV-1",
            "reason": "for <b>May</b>",
            "available": "1500.00",
        }
        assert (email.to, email.subject) == (wallet.partner.email, "500.00 USD added to your wallet")
        assert "for <b>May</b>" in content_of(email)["txt"]
        assert "for &lt;b&gt;May&lt;/b&gt;" in content_of(email)["html"]

    def test_of_a_test_wallet_is_told_among_test_events(self, wallet, people):
        test = factories.make_wallet(wallet.partner, mode="test")

        wallets.approve_top_up(top_up_id=ask(test).pk, actor=people[0])

        assert Event.objects.get().mode == "test"
        assert "test wallet" in content_of(Email.objects.get())["txt"]

    def test_is_mailed_only_to_who_wants_it(self, wallet, people):
        partners.change_preferences(
            partner_id=wallet.partner_id,
            changes={NotificationKind.WALLET_CREDITED: (None, ["money@a.test", "books@a.test"])},
            actor="user:1",
        )
        wallets.approve_top_up(top_up_id=ask(wallet).pk, actor=people[0])
        assert set(Email.objects.values_list("to", flat=True)) == {"money@a.test", "books@a.test"}

        partners.change_preferences(
            partner_id=wallet.partner_id, changes={NotificationKind.WALLET_CREDITED: (False, None)}, actor="user:1"
        )
        wallets.approve_top_up(top_up_id=ask(wallet, reference="INV-2").pk, actor=people[0])
        assert (Email.objects.count(), Event.objects.count()) == (2, 2)

    def test_above_the_limit_needs_two_of_our_staff(self, wallet, people):
        request = ask(wallet, "10000.01")

        first = wallets.approve_top_up(top_up_id=request.pk, actor=people[0])
        assert (first.status, first.first_approved_by, available(wallet)) == ("pending", people[0], 1000)
        with pytest.raises(wallets.SecondPersonNeededError):
            wallets.approve_top_up(top_up_id=request.pk, actor=people[0])
        second = wallets.approve_top_up(top_up_id=request.pk, actor=people[1])

        assert (second.status, second.decided_by) == ("approved", people[1])
        assert available(wallet) == Decimal("11000.01")

    def test_is_never_approved_by_whoever_asked(self, wallet):
        with pytest.raises(wallets.SecondPersonNeededError):
            wallets.approve_top_up(top_up_id=ask(wallet).pk, actor=PARTNER)

    def test_is_rejected_for_good_with_a_reason_that_is_told(self, wallet, people):
        request = ask(wallet)

        wallets.reject_top_up(top_up_id=request.pk, actor=people[0], reason="No such payment")
        wallets.reject_top_up(top_up_id=request.pk, actor=people[0], reason="Again")

        request.refresh_from_db()
        assert (request.status, request.decision_reason) == ("rejected", "No such payment")
        assert "No such payment" in content_of(Email.objects.get())["txt"]
        assert Event.objects.get().kind == "wallet.top_up_rejected"
        with pytest.raises(wallets.AlreadyDecidedError):
            wallets.approve_top_up(top_up_id=request.pk, actor=people[1])
        assert available(wallet) == 1000

    def test_that_was_booked_cannot_be_rejected(self, wallet, people):
        request = ask(wallet)
        wallets.approve_top_up(top_up_id=request.pk, actor=people[0])

        with pytest.raises(wallets.AlreadyDecidedError):
            wallets.reject_top_up(top_up_id=request.pk, actor=people[1], reason="Too late")

    def test_is_the_same_request_under_the_same_reference(self, wallet):
        assert ask(wallet).pk == ask(wallet).pk

        with pytest.raises(wallets.AlreadyMovedError):
            ask(wallet, "501")
        assert TopUp.objects.count() == 1

    def test_needs_a_reason_to_be_rejected(self, wallet, people):
        with pytest.raises(InvalidRequestError):
            wallets.reject_top_up(top_up_id=ask(wallet).pk, actor=people[0], reason=" ")

    @pytest.mark.parametrize("changes", [{"partner_id": 0}, {"mode": "test"}, {"wallet_id": 0}])
    def test_reaches_own_wallets_only(self, wallet, changes):
        with pytest.raises(NotFoundError):
            ask(wallet, **changes)


class TestATopUpThatOurStaffRecord:
    def test_is_booked_at_once_when_one_person_suffices(self, wallet, people):
        asked = record(wallet, people[0], "10000")

        assert (asked.request.status, asked.repeated) == ("approved", False)
        assert available(wallet) == 11000

    def test_is_booked_once_for_each_reference(self, wallet, people):
        record(wallet, people[0])
        again = record(wallet, people[1])

        assert (again.repeated, again.request.decided_by) == (True, people[0])
        assert available(wallet) == 1500

    def test_waits_for_another_person_above_the_limit_of_its_currency(self, wallet, people, settings):
        settings.TOP_UP_SECOND_APPROVAL = {"*": Decimal(10000), "USD": Decimal(100)}
        request = record(wallet, people[0]).request

        assert (request.status, available(wallet)) == ("pending", 1000)
        with pytest.raises(wallets.SecondPersonNeededError):
            wallets.approve_top_up(top_up_id=request.pk, actor=people[0])
        wallets.approve_top_up(top_up_id=request.pk, actor=people[1])

        assert available(wallet) == 1500

    def test_is_not_told_when_it_is_rejected_since_the_partner_never_asked(self, wallet, people):
        request = record(wallet, people[0], "20000").request

        wallets.reject_top_up(top_up_id=request.pk, actor=people[0], reason="Typed wrong")

        assert not Email.objects.exists()


class TestAnAdjustment:
    def test_corrects_a_balance_and_tells(self, wallet, people):
        adjust(wallet, people[0], "-250.5")

        assert available(wallet) == Decimal("749.5")
        assert Event.objects.get().kind == "wallet.debited"
        assert Email.objects.get().subject == "-250.50 USD: a correction of your wallet"
        entry = WalletEntry.objects.latest("version")
        assert (entry.kind, entry.reason) == ("adjustment", "Counted twice")
        check_books()

    def test_never_overdraws_and_leaves_nothing_behind(self, wallet, people):
        with pytest.raises(InsufficientFundsError):
            adjust(wallet, people[0], "-1000.01")

        assert available(wallet) == 1000
        assert not Adjustment.objects.exists()

    def test_above_the_limit_waits_for_another_person_whichever_its_sign(self, wallet, people, settings):
        settings.TOP_UP_SECOND_APPROVAL = {"*": Decimal(100)}
        request = adjust(wallet, people[0], "-200").request

        assert (request.status, available(wallet)) == ("pending", 1000)
        wallets.approve_adjustment(adjustment_id=request.pk, actor=people[1])
        assert available(wallet) == 800

    def test_that_would_overdraw_when_it_is_approved_stays_pending(self, wallet, people, settings):
        settings.TOP_UP_SECOND_APPROVAL = {"*": Decimal(100)}
        request = adjust(wallet, people[0], "-1001").request

        with pytest.raises(InsufficientFundsError):
            wallets.approve_adjustment(adjustment_id=request.pk, actor=people[1])

        request.refresh_from_db()
        assert (request.status, available(wallet)) == ("pending", 1000)

    def test_can_be_rejected(self, wallet, people):
        request = adjust(wallet, people[0], "20000").request

        wallets.reject_adjustment(adjustment_id=request.pk, actor=people[1], reason="No")

        assert available(wallet) == 1000

    @pytest.mark.parametrize(("amount", "reason"), [("0", "x"), ("5", " "), ("5", "")])
    def test_needs_an_amount_and_a_reason(self, wallet, people, amount, reason):
        with pytest.raises(InvalidRequestError):
            adjust(wallet, people[0], amount, reason=reason)


class TestReferencesAndReasons:
    @pytest.mark.parametrize("reference", ["", " ", "x" * 65, "a\nb", "a\0b", " padded"])
    def test_that_cannot_be_kept_are_refused(self, wallet, people, reference):
        with pytest.raises(InvalidRequestError):
            record(wallet, people[0], reference=reference)

    @pytest.mark.parametrize("reason", ["x" * 301, "a\nb"])
    def test_of_a_decision_too(self, wallet, people, reason):
        with pytest.raises(InvalidRequestError):
            wallets.approve_top_up(top_up_id=ask(wallet).pk, actor=people[0], reason=reason)

    def test_of_unknown_requests_are_not_found(self, people):
        with pytest.raises(NotFoundError):
            wallets.approve_top_up(top_up_id=1, actor=people[0])


class TestWallets:
    def test_are_several_for_one_partner(self, wallet):
        wallet_ids = {
            factories.make_wallet(wallet.partner, currency=currency, fund="0").pk for currency in ("USD", "EUR", "JPY")
        }
        assert len(wallet_ids) == 3
        assert wallet.pk in wallet_ids
