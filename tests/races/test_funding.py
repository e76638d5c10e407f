"""Many people, one request for money; many refunds, one captured amount; many sweeps, one low balance."""

from decimal import Decimal

import pytest
from django_subatomic.db import transaction

from partners.models import Event
from steller.errors import InsufficientFundsError, InvalidRequestError
from tests import factories
from tests.shop import check_books
from wallets import services as wallets
from wallets.models import RequestStatus, TopUp, Wallet, WalletEntry

pytestmark = pytest.mark.races
THREADS = 8


@pytest.fixture
def wallet(committing_db):
    return factories.make_wallet(factories.PartnerFactory(), fund="100")


def balance(wallet):
    wallet.refresh_from_db()
    return wallet.available


def ask(wallet, amount="50"):
    return wallets.request_top_up(
        partner_id=wallet.partner_id,
        mode="live",
        wallet_id=wallet.pk,
        amount=Decimal(amount),
        reference="INV-1",
        actor="key:1",
    )


class TestOneTopUpApprovedByManyAtOnce:
    def test_is_booked_once(self, wallet, together):
        request = ask(wallet).request

        done = together(
            *[
                lambda person=person: wallets.approve_top_up(top_up_id=request.pk, actor=f"user:{person}")
                for person in range(THREADS)
            ]
        )

        assert {one.status for one in done} == {RequestStatus.APPROVED}
        assert len({one.decided_by for one in done}) == 1
        assert (balance(wallet), WalletEntry.objects.count(), Event.objects.count()) == (150, 2, 1)
        check_books()

    def test_takes_two_people_above_the_limit_and_is_booked_once(self, wallet, together):
        request = ask(wallet, "20000").request

        together(
            *[
                lambda person=person: wallets.approve_top_up(top_up_id=request.pk, actor=f"user:{person % 4}")
                for person in range(THREADS)
            ]
        )

        request.refresh_from_db()
        assert request.status == RequestStatus.APPROVED
        assert request.first_approved_by != request.decided_by
        assert balance(wallet) == 20100
        check_books()

    def test_is_approved_or_rejected_and_never_both(self, wallet, together):
        for number in range(20):
            request = wallets.request_top_up(
                partner_id=wallet.partner_id,
                mode="live",
                wallet_id=wallet.pk,
                amount=Decimal(1),
                reference=f"INV-{number}",
                actor="key:1",
            ).request
            together(
                lambda pk=request.pk: wallets.approve_top_up(top_up_id=pk, actor="user:1"),
                lambda pk=request.pk: wallets.reject_top_up(top_up_id=pk, actor="user:2", reason="No"),
            )

        approved = TopUp.objects.filter(status=RequestStatus.APPROVED).count()
        assert TopUp.objects.filter(status=RequestStatus.REJECTED).count() == 20 - approved
        assert balance(wallet) == 100 + approved
        check_books()


class TestOnePaymentRecordedByManyAtOnce:
    def test_is_one_request_and_one_entry(self, wallet, together):
        done = together(
            *[
                lambda person=person: wallets.record_top_up(
                    wallet_id=wallet.pk, amount=Decimal(50), reference="INV-1", actor=f"user:{person}"
                )
                for person in range(THREADS)
            ]
        )

        assert sorted(one.repeated for one in done) == [False] + [True] * (THREADS - 1)
        assert (balance(wallet), TopUp.objects.count()) == (150, 1)
        check_books()

    def test_asked_for_by_many_is_one_request(self, wallet, together):
        done = together(*[lambda: ask(wallet)] * THREADS)

        assert {one.request.pk for one in done} == {TopUp.objects.get().pk}


class TestAdjustmentsAtOnce:
    def test_never_overdraw(self, wallet, together):
        done = together(
            *[
                lambda number=number: wallets.record_adjustment(
                    wallet_id=wallet.pk, amount=Decimal(-30), reference=f"A-{number}", actor="user:1", reason="x"
                )
                for number in range(THREADS)
            ]
        )

        assert sum(isinstance(one, InsufficientFundsError) for one in done) == THREADS - 3
        assert balance(wallet) == 10
        check_books()


class TestRefundsAtOnce:
    def test_give_back_no_more_than_was_captured(self, wallet, together):
        with transaction():
            wallets.hold(wallet_id=wallet.pk, amounts={"R:1": Decimal(20)}, actor="key:1")
            wallets.settle(captured={"R:1": Decimal(10)}, actor="system:test")

        def refund():
            with transaction():
                return wallets.refund(hold_reference="R:1", amount=Decimal(3), actor="user:1", reason="Dead card")

        done = together(*[refund] * THREADS)

        assert sorted(one for one in done if isinstance(one, str)) == ["R:1#1", "R:1#2", "R:1#3"]
        assert sum(isinstance(one, InvalidRequestError) for one in done) == THREADS - 3
        assert balance(wallet) == 99
        check_books()


class TestSweepsAtOnce:
    def test_warn_once(self, wallet, together):
        wallets.set_threshold(wallet_id=wallet.pk, threshold=Decimal(200), actor="user:1")

        together(*[wallets.notice_low_balances] * THREADS)

        assert Event.objects.filter(kind="wallet.low").count() == 1


class TestTopUpsAndHoldsAtOnce:
    def test_keep_versions_without_gaps(self, wallet, together):
        def fund(number):
            wallets.record_top_up(wallet_id=wallet.pk, amount=Decimal(5), reference=f"INV-{number}", actor="user:1")

        def spend(number):
            with transaction():
                wallets.hold(wallet_id=wallet.pk, amounts={f"R:{number}": Decimal(5)}, actor="key:1")

        together(*[lambda n=n: fund(n) for n in range(6)], *[lambda n=n: spend(n) for n in range(6)])

        versions = list(WalletEntry.objects.order_by("version").values_list("version", flat=True))
        assert versions == list(range(1, 14))
        assert Wallet.objects.get(pk=wallet.pk).version == 13
        check_books()
