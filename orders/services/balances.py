"""Whether the supplier's running balance is unbroken: after each line it must follow from the line before. Pure.

A line names no account. One of ours belongs to the account of its purchase; any other one joins the account whose
balance it continues, and if there is none it is followed apart, since it may be an account that we do not use.
Lines of one moment may come in any order, and a line without a time is put where it fits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from orders.models import DifferenceKind
from orders.services.comparing import Found, Line

type _Chain = tuple[str, int | None]


@dataclass(slots=True)
class _Walk:
    """Where each account's balance stands after the lines walked so far."""

    accounts: Mapping[UUID, int]
    balances: dict[_Chain, Decimal] = field(default_factory=dict)

    def chain_of(self, line: Line) -> _Chain:
        """Name the account that a line belongs to, as far as can be told."""
        account = self.accounts.get(line.request_id) if line.request_id else None
        if account is not None:
            return line.currency, account
        fitting = (chain for chain in self.balances if chain[0] == line.currency and self._continues(chain, line))
        return next(fitting, (line.currency, None))

    def fits(self, line: Line) -> bool:
        """Tell whether a line's balance follows from what was walked, or is the first of its account."""
        chain = self.chain_of(line)
        return chain not in self.balances or self._continues(chain, line)

    def joins(self, line: Line) -> bool:
        """Tell whether a line continues a balance that was walked."""
        chain = self.chain_of(line)
        return chain in self.balances and self._continues(chain, line)

    def take(self, line: Line) -> Decimal:
        """Walk on; the answer is by how much the line's balance is not what it should be."""
        chain = self.chain_of(line)
        before = self.balances.get(chain)
        if line.balance is None:
            if before is not None:
                self.balances[chain] = before - _taken(line)
            return Decimal(0)
        self.balances[chain] = line.balance
        # Nothing was to be expected of an unknown account, nor of a line whose amount cannot be read.
        if before is None or chain[1] is None or line.amount is None or self._fits_after(before, line):
            return Decimal(0)
        return line.balance - (before - _taken(line))

    def _continues(self, chain: _Chain, line: Line) -> bool:
        return line.balance is None or self._fits_after(self.balances[chain], line)

    def _fits_after(self, before: Decimal, line: Line) -> bool:
        amount = line.amount or Decimal(0)
        if line.is_charge:
            return line.balance == before - abs(amount)
        # Whether other lines are written with their sign is not documented.
        return line.balance in (before + amount, before - amount)


def _taken(line: Line) -> Decimal:
    return line.charged if line.is_charge else -(line.amount or Decimal(0))


def breaks(lines: Sequence[Line], *, accounts: Mapping[UUID, int]) -> list[Found]:
    """Return the places where the balance does not continue; `accounts` says which account bought a RequestId."""
    walk = _Walk(accounts)
    waiting = sorted((line for line in lines if line.happened_at), key=_by_time)
    loose = [line for line in lines if line.happened_at is None]
    found = []
    while waiting:
        line = _next(walk, waiting, loose)
        by = walk.take(line)
        if by:
            found.append(
                Found(
                    kind=DifferenceKind.BROKEN_BALANCE,
                    subject=f"line:{line.id}",
                    currency=line.currency,
                    amount=by,
                    detail=f"the balance of {line.balance} does not follow from the line before",
                    line_id=line.id,
                )
            )
    return found


def _by_time(line: Line) -> tuple[datetime, int]:
    assert line.happened_at is not None  # noqa: S101 - the caller keeps to these
    return line.happened_at, line.id


def _next(walk: _Walk, waiting: list[Line], loose: list[Line]) -> Line:
    """Take the earliest line; where it does not follow, one of the same moment or one without a time that does."""
    first = waiting[0]
    if walk.fits(first):
        return waiting.pop(0)
    for place, line in enumerate(waiting):
        if line.happened_at != first.happened_at:
            break
        if walk.joins(line):
            return waiting.pop(place)
    for place, line in enumerate(loose):
        if walk.joins(line):
            return loose.pop(place)
    return waiting.pop(0)
