"""Top-ups, adjustments and refunds: what each does, what it refuses, and that it happens once."""

from decimal import Decimal

import pytest

from steller.errors import InsufficientFundsError, InvalidRequestError, NotFoundError
from tests.shop import check_books
from wallets.models import Wallet, WalletEntry
from wallets.services import AlreadyMovedError

MISSING = 2**40


class TestOpenWallet:
    def test_returns_the_wallet_that_the_partner_has(self, wallet, wallet_id):
        partner_id = Wallet.objects.get(pk=wallet_id).partner_id

        assert wallet("open_wallet", partner_id=partner_id, currency="USD") == wallet_id
        assert wallet("open_wallet", partner_id=partner_id, currency="USD", mode="test") != wallet_id

    def test_refuses_what_is_no_currency(self, wallet, wallet_id):
        partner_id = Wallet.objects.get(pk=wallet_id).partner_id

        with pytest.raises(InvalidRequestError, match="ISO 4217"):
            wallet("open_wallet", partner_id=partner_id, currency="ABC")


class TestTopUp:
    def test_adds_to_what_is_available_and_says_who_did_it(self, wallet, wallet_id, balances):
        wallet("top_up", wallet_id=wallet_id, amount=Decimal("12.3400"), reference="pay:1", reason="wire")

        assert balances() == (Decimal("12.34"), 0, 1)
        entry = WalletEntry.objects.get(wallet=wallet_id)
        assert (entry.kind, entry.actor, entry.reason, entry.available_after) == (
            "top_up",
            "user:1",
            "wire",
            Decimal("12.34"),
        )

    def test_of_one_payment_happens_once(self, wallet, wallet_id, balances):
        wallet("top_up", wallet_id=wallet_id, amount=Decimal(10), reference="pay:1")

        with pytest.raises(AlreadyMovedError):
            wallet("top_up", wallet_id=wallet_id, amount=Decimal(10), reference="pay:1")

        assert balances() == (10, 0, 1)

    @pytest.mark.parametrize("amount", ["0", "-1"])
    def test_is_a_positive_amount(self, wallet, wallet_id, balances, amount):
        with pytest.raises(InvalidRequestError):
            wallet("top_up", wallet_id=wallet_id, amount=Decimal(amount), reference="pay:1")

        assert balances() == (0, 0, 0)

    def test_of_an_unknown_wallet_is_refused(self, wallet, wallet_id):
        with pytest.raises(NotFoundError):
            wallet("top_up", wallet_id=MISSING, amount=Decimal(1), reference="pay:1")


class TestAdjust:
    def test_moves_the_balance_both_ways(self, wallet, wallet_id, balances, entries):
        wallet("adjust", wallet_id=wallet_id, amount=Decimal(10), reference="fix:1", reason="goodwill")
        wallet("adjust", wallet_id=wallet_id, amount=Decimal(-4), reference="fix:2", reason="too much")

        assert balances() == (6, 0, 2)
        assert entries("available_after") == [10, 6]

    def test_never_overdraws_the_wallet(self, wallet, wallet_id, balances):
        wallet("top_up", wallet_id=wallet_id, amount=Decimal(5), reference="pay:1")

        with pytest.raises(InsufficientFundsError):
            wallet("adjust", wallet_id=wallet_id, amount=Decimal("-5.0001"), reference="fix:1", reason="mistake")

        assert balances() == (5, 0, 1)

    @pytest.mark.parametrize(("amount", "reason"), [("0", "why not"), ("1", ""), ("1", "  ")])
    def test_needs_an_amount_and_a_reason(self, wallet, wallet_id, amount, reason):
        with pytest.raises(InvalidRequestError):
            wallet("adjust", wallet_id=wallet_id, amount=Decimal(amount), reference="fix:1", reason=reason)

    def test_happens_once(self, wallet, wallet_id, balances):
        wallet("adjust", wallet_id=wallet_id, amount=Decimal(3), reference="fix:1", reason="goodwill")

        with pytest.raises(AlreadyMovedError):
            wallet("adjust", wallet_id=wallet_id, amount=Decimal(4), reference="fix:1", reason="goodwill")

        assert balances() == (3, 0, 1)


class TestAnAmountThatTheLedgerCannotHold:
    @pytest.mark.parametrize("amount", ["0.00001", "-0.00005", "-1.00005", "1.23456", "1e14"])
    def test_is_refused_since_balance_and_entry_would_round_apart(self, wallet, wallet_id, balances, amount):
        wallet("top_up", wallet_id=wallet_id, amount=Decimal(10), reference="pay:1")

        with pytest.raises(InvalidRequestError, match="at most 4 decimals"):
            wallet("adjust", wallet_id=wallet_id, amount=Decimal(amount), reference="fix:1", reason="rounding")

        assert balances() == (10, 0, 1)


class TestRefund:
    @pytest.fixture
    def captured(self, wallet, wallet_id):
        """Leave 90 of 100 available, 6 of 10 captured under `sale:1`."""
        wallet("top_up", wallet_id=wallet_id, amount=Decimal(100), reference="pay:1")
        wallet("hold", wallet_id=wallet_id, amounts={"sale:1": Decimal(10)})
        wallet("settle", captured={"sale:1": Decimal(6)})

    def test_gives_back_what_was_captured_in_parts(self, wallet, captured, balances):
        first = wallet("refund", hold_reference="sale:1", amount=Decimal(2), reason="dead card")
        second = wallet("refund", hold_reference="sale:1", amount=Decimal(4), reason="dead card")

        assert (first, second) == ("sale:1#1", "sale:1#2")
        assert balances()[:2] == (100, 0)
        check_books()

    @pytest.mark.parametrize("amount", ["6.0001", "10"])
    def test_is_never_more_than_was_captured(self, wallet, captured, balances, amount):
        with pytest.raises(InvalidRequestError, match="At most 6"):
            wallet("refund", hold_reference="sale:1", amount=Decimal(amount), reason="dead card")

        assert balances()[:2] == (94, 0)

    def test_is_never_more_than_earlier_refunds_left(self, wallet, captured):
        wallet("refund", hold_reference="sale:1", amount=Decimal(5), reason="dead card")

        with pytest.raises(InvalidRequestError, match="At most 1"):
            wallet("refund", hold_reference="sale:1", amount=Decimal(2), reason="dead card")

    def test_of_an_open_hold_is_refused(self, wallet, captured, wallet_id):
        wallet("hold", wallet_id=wallet_id, amounts={"sale:2": Decimal(10)})

        with pytest.raises(InvalidRequestError, match="At most 0"):
            wallet("refund", hold_reference="sale:2", amount=Decimal(1), reason="dead card")

    def test_counts_the_refunds_of_its_own_hold_only(self, wallet, captured, wallet_id):
        wallet("hold", wallet_id=wallet_id, amounts={"sale:1_": Decimal(5), "sale:11": Decimal(5)})
        wallet("settle", captured={"sale:1_": Decimal(5), "sale:11": Decimal(5)})
        wallet("refund", hold_reference="sale:11", amount=Decimal(5), reason="dead card")

        assert wallet("refund", hold_reference="sale:1_", amount=Decimal(5), reason="dead card") == "sale:1_#1"

    @pytest.mark.parametrize(("amount", "reason"), [("0", "why"), ("-1", "why"), ("1", " ")])
    def test_needs_a_positive_amount_and_a_reason(self, wallet, captured, amount, reason):
        with pytest.raises(InvalidRequestError):
            wallet("refund", hold_reference="sale:1", amount=Decimal(amount), reason=reason)

    def test_of_nothing_held_is_refused(self, wallet, captured):
        with pytest.raises(NotFoundError):
            wallet("refund", hold_reference="sale:9", amount=Decimal(1), reason="why")
