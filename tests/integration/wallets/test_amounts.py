"""What the ledger refuses: amounts that it cannot hold exactly, moves made twice, wallets that cannot be."""

from decimal import Decimal

import pytest
from django.utils import timezone

from partners.models import Partner
from steller.errors import InvalidRequestError, NotFoundError
from tests.integration.wallets.conftest import moved
from wallets import services as wallets
from wallets.models import Hold, Wallet, WalletEntry

pytestmark = pytest.mark.django_db
NO_AMOUNTS = ["NaN", "sNaN", "Infinity", "-Infinity", "1.00001", "1E+14", "1E+400", "1E-400"]


def moves(wallet):
    """Name each service that takes an amount."""
    wallet_id = wallet.pk
    named = {"reference": "R-1", "actor": "user:1"}
    return {
        "top_up": lambda amount: wallets.top_up(wallet_id=wallet_id, amount=amount, **named),
        "adjust": lambda amount: wallets.adjust(wallet_id=wallet_id, amount=amount, reason="x", **named),
        "refund": lambda amount: wallets.refund(hold_reference="line:1", amount=amount, actor="user:1", reason="x"),
        "hold": lambda amount: wallets.hold(wallet_id=wallet_id, amounts={"line:2": amount}, actor="user:1"),
        "settle": lambda amount: wallets.settle(captured={"line:1": amount}, actor="user:1"),
        "record_top_up": lambda amount: wallets.record_top_up(wallet_id=wallet_id, amount=amount, **named),
        "record_adjustment": lambda amount: wallets.record_adjustment(
            wallet_id=wallet_id, amount=amount, reason="x", **named
        ),
        "set_threshold": lambda amount: wallets.set_threshold(wallet_id=wallet_id, threshold=amount, actor="user:1"),
    }


@pytest.fixture
def held(wallet):
    moved(wallets.hold, wallet_id=wallet.pk, amounts={"line:1": Decimal(10)}, actor="key:1")
    return wallet


MOVES = ["top_up", "adjust", "refund", "hold", "settle", "record_top_up", "record_adjustment", "set_threshold"]


class TestEveryMove:
    @pytest.mark.parametrize("amount", NO_AMOUNTS)
    @pytest.mark.parametrize("move", MOVES)
    def test_refuses_what_is_no_amount(self, held, move, amount):
        with pytest.raises(InvalidRequestError):
            moved(moves(held)[move], amount=Decimal(amount))
        assert WalletEntry.objects.count() == 2
        assert Hold.objects.get().settled_at is None

    @pytest.mark.parametrize("move", [name for name in MOVES if "adjust" not in name])
    def test_refuses_less_than_nothing(self, held, move):
        with pytest.raises(InvalidRequestError):
            moved(moves(held)[move], amount=Decimal("-0.0001"))
        assert WalletEntry.objects.count() == 2

    @pytest.mark.parametrize("move", [name for name in MOVES if name != "settle"])
    def test_refuses_nothing_unless_it_settles(self, held, move):
        with pytest.raises(InvalidRequestError):
            moved(moves(held)[move], amount=Decimal("-0"))
        assert WalletEntry.objects.count() == 2

    def test_takes_four_decimals_and_zeros_beyond(self, wallet):
        moved(wallets.top_up, wallet_id=wallet.pk, amount=Decimal("0.00010"), reference="R-1", actor="user:1")

        assert WalletEntry.objects.latest("version").available_delta == Decimal("0.0001")


class TestABalance:
    def test_that_would_not_fit_is_refused(self, wallet):
        with pytest.raises(InvalidRequestError, match="larger than a wallet can hold"):
            moved(
                wallets.top_up,
                wallet_id=wallet.pk,
                amount=Decimal("99999999999999.9999"),
                reference="R-1",
                actor="user:1",
            )


class TestARefund:
    def test_gives_back_at_most_what_was_captured_less_earlier_refunds(self, held):
        moved(wallets.settle, captured={"line:1": Decimal(6)}, actor="system:settlement")
        refund = {"hold_reference": "line:1", "actor": "user:1", "reason": "A dead card"}

        assert moved(wallets.refund, amount=Decimal(4), **refund) == "line:1#1"
        with pytest.raises(InvalidRequestError, match="At most 2"):
            moved(wallets.refund, amount=Decimal("2.0001"), **refund)
        assert moved(wallets.refund, amount=Decimal(2), **refund) == "line:1#2"

    def test_needs_a_reason(self, held):
        moved(wallets.settle, captured={"line:1": Decimal(6)}, actor="system:settlement")

        with pytest.raises(InvalidRequestError, match="reason"):
            moved(wallets.refund, hold_reference="line:1", amount=Decimal(1), actor="user:1", reason=" ")
        assert not WalletEntry.objects.filter(kind="refund").exists()

    def test_of_what_was_never_held_is_not_found(self, held):
        with pytest.raises(NotFoundError):
            moved(wallets.refund, hold_reference="line:2", amount=Decimal(1), actor="user:1", reason="x")


class TestAReference:
    def test_moves_money_once(self, wallet):
        payment = {"wallet_id": wallet.pk, "amount": Decimal(5), "reference": "BANK-1", "actor": "user:1"}
        before = moved(wallets.top_up, **payment)

        with pytest.raises(wallets.AlreadyMovedError):
            moved(wallets.top_up, **payment)
        wallet.refresh_from_db()
        assert wallet.available == before

    def test_of_a_wallet_that_is_none_is_not_found(self, wallet):
        with pytest.raises(NotFoundError):
            moved(wallets.top_up, wallet_id=0, amount=Decimal(5), reference="BANK-1", actor="user:1")


class TestAWallet:
    @pytest.mark.parametrize("wrong", [{"type": "gift"}, {"mode": "sandbox"}, {"currency": "XXQ"}], ids=str)
    def test_is_of_a_type_a_mode_and_a_currency_that_there_are(self, wallet, wrong):
        with pytest.raises(InvalidRequestError):
            moved(
                wallets.open_wallet,
                **{"partner_id": wallet.partner_id, "currency": "EUR", "actor": "user:1", **wrong},
            )
        assert Wallet.objects.count() == 1

    def test_of_nobody_or_of_a_partner_that_is_gone_is_not_opened(self, wallet):
        Partner.objects.update(deleted_at=timezone.now())

        for partner_id in (0, wallet.partner_id):
            with pytest.raises(NotFoundError):
                moved(wallets.open_wallet, partner_id=partner_id, currency="EUR", actor="user:1")
