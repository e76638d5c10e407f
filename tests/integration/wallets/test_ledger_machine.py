"""Any sequence of moves leaves the books in order: a state machine over the services and a real database.

A model in memory says what each wallet must hold; the ledger's own invariants are asked after every step.
"""

from collections import Counter
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django_subatomic.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from steller.errors import InsufficientFundsError, InvalidRequestError
from steller.portal import books
from tests import factories
from wallets import services as wallets
from wallets.models import Hold, Wallet
from wallets.services import AlreadyMovedError

EXAMPLES, STEPS = 25, 25
_steps: Counter[str] = Counter()
amounts = st.decimals(min_value="0.0001", max_value="60", places=4)
payments = st.decimals(min_value="50", max_value="500", places=4)
wallet_numbers = st.integers(min_value=0, max_value=1)
parts = st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("0.33"), Decimal("0.5"), Decimal(1)])


def call(service, **arguments):
    with transaction():
        return service(actor="system:test", **arguments)


class Ledger(RuleBasedStateMachine):
    @initialize()
    def open(self):
        _steps["examples"] += 1
        self.wallets = [factories.make_wallet(factories.PartnerFactory(), fund="100").pk for _ in range(2)]
        self.available = dict.fromkeys(self.wallets, Decimal(100))
        self.held = dict.fromkeys(self.wallets, Decimal(0))
        self.versions = dict.fromkeys(self.wallets, 1)
        # Reference: wallet, amount, and what was captured and refunded once it is settled.
        self.open_holds: dict[str, tuple[int, Decimal]] = {}
        self.settled: dict[str, tuple[int, Decimal, Decimal]] = {}
        self.used: list[tuple[int, str]] = []
        self.count = 0

    def reference(self):
        self.count += 1
        return f"thing:{self.wallets[0]}:{self.count}"

    @rule(number=wallet_numbers, amount=payments)
    def top_up(self, number, amount):
        wallet, reference = self.wallets[number], self.reference()
        call(wallets.top_up, wallet_id=wallet, amount=amount, reference=reference)
        self.available[wallet] += amount
        self.versions[wallet] += 1
        self.used.append((wallet, reference))
        _steps["top_up"] += 1

    @precondition(lambda self: self.used)
    @rule(data=st.data(), amount=amounts)
    def top_up_again(self, data, amount):
        wallet, reference = data.draw(st.sampled_from(self.used))
        with pytest.raises(AlreadyMovedError):
            call(wallets.top_up, wallet_id=wallet, amount=amount, reference=reference)
        _steps["top_up_again"] += 1

    @rule(number=wallet_numbers, amount=amounts, sign=st.sampled_from([1, -1]))
    def adjust(self, number, amount, sign):
        wallet, change = self.wallets[number], amount * sign
        fits = self.available[wallet] + change >= 0
        with suppress(InsufficientFundsError):
            call(wallets.adjust, wallet_id=wallet, amount=change, reference=self.reference(), reason="test")
            assert fits
            self.available[wallet] += change
            self.versions[wallet] += 1
        _steps["adjust" if fits else "adjust_too_much"] += 1

    @rule(number=wallet_numbers, shares=st.lists(parts, min_size=1, max_size=4))
    def hold(self, number, shares):
        """Hold up to four shares of what is available, which may come to more than all of it."""
        wallet = self.wallets[number]
        lines = [(self.available[wallet] * share).quantize(Decimal("0.0001")) for share in shares]
        wanted = {self.reference(): max(amount, Decimal("0.0001")) for amount in lines}
        total = sum(wanted.values())
        fits = total <= self.available[wallet]
        with suppress(InsufficientFundsError):
            call(wallets.hold, wallet_id=wallet, amounts=wanted)
            assert fits
            self.open_holds |= {reference: (wallet, amount) for reference, amount in wanted.items()}
            self.available[wallet] -= total
            self.held[wallet] += total
            self.versions[wallet] += len(wanted)
        _steps["hold" if fits else "hold_too_much"] += 1

    @precondition(lambda self: self.open_holds)
    @rule(data=st.data(), part=parts)
    def settle(self, data, part):
        """Settle some open holds, of both wallets at once, along with some that were settled before."""
        fresh = data.draw(st.lists(st.sampled_from(sorted(self.open_holds)), min_size=1, max_size=4, unique=True))
        stale = data.draw(st.lists(st.sampled_from(sorted(self.settled)), max_size=2)) if self.settled else []
        captured = {name: (self.open_holds[name][1] * part).quantize(Decimal("0.0001")) for name in fresh}

        assert call(wallets.settle, captured=dict.fromkeys(stale, Decimal(0)) | captured) == set(fresh)

        for name in fresh:
            wallet, amount = self.open_holds.pop(name)
            kept = captured[name]
            self.held[wallet] -= amount
            self.available[wallet] += amount - kept
            self.versions[wallet] += bool(kept) + bool(amount - kept)
            self.settled[name] = (wallet, kept, Decimal(0))
        _steps["settle"] += 1

    @precondition(lambda self: self.open_holds)
    @rule(data=st.data(), more=amounts)
    def settle_more_than_was_held(self, data, more):
        name = data.draw(st.sampled_from(sorted(self.open_holds)))
        with pytest.raises(IntegrityError):
            call(wallets.settle, captured={name: self.open_holds[name][1] + more})
        _steps["settle_too_much"] += 1

    @precondition(lambda self: self.settled)
    @rule(data=st.data(), amount=amounts)
    def refund(self, data, amount):
        name = data.draw(st.sampled_from(sorted(self.settled)))
        wallet, captured, refunded = self.settled[name]
        fits = amount <= captured - refunded
        with suppress(InvalidRequestError):
            call(wallets.refund, hold_reference=name, amount=amount, reason="test")
            assert fits
            self.settled[name] = (wallet, captured, refunded + amount)
            self.available[wallet] += amount
            self.versions[wallet] += 1
        _steps["refund" if fits else "refund_too_much"] += 1

    @invariant()
    def wallets_hold_what_the_model_says(self):
        for wallet in Wallet.objects.filter(pk__in=self.wallets):
            assert (wallet.available, wallet.held, wallet.version) == (
                self.available[wallet.pk],
                self.held[wallet.pk],
                self.versions[wallet.pk],
            )

    @invariant()
    def books_are_in_order(self):
        assert [finding for finding in books.findings() if finding.broken] == []

    def teardown(self):
        """Close what this example left open as an operator would: everything still adds up."""
        call(wallets.settle, captured={name: Decimal(0) for name in self.open_holds})
        assert not Hold.objects.filter(wallet__in=self.wallets, settled_at=None).exists()
        self.books_are_in_order()


class TestAnySequenceOfMoves:
    def test_leaves_wallets_holds_and_entries_in_agreement(self, db):
        _steps.clear()
        run_state_machine_as_test(
            Ledger,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        print(f"\nledger machine: {sum(_steps.values()) - _steps['examples']} steps, {dict(_steps)}")
        assert _steps["settle"]
