"""What of a partner is still open: it is not removed before its orders are over and its money is gone."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from orders.models import OrderItem
from orders.states import OPEN_LINES, LineStatus
from steller.database import Mode
from wallets import queries as wallets


@dataclass(frozen=True, slots=True)
class Balance:
    """A wallet with money in it."""

    wallet_id: int
    mode: str
    currency: str
    available: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class OpenWork:
    """How many orders and lines of a partner are open, and its wallets that are not empty."""

    orders: int
    lines: int
    balances: tuple[Balance, ...]

    @property
    def is_none(self) -> bool:
        """Whether nothing is open, so that the partner may go."""
        return not self.lines and not self.balances


def open_work_of(partner_id: int) -> OpenWork:
    """Return what a partner still has open with us, in both modes. Three queries."""
    lines = list(OrderItem.objects.filter(partner=partner_id, status__in=OPEN_LINES).values_list("order_id", flat=True))
    found = [wallet for mode in Mode for wallet in wallets.wallets_of(partner_id=partner_id, mode=mode)]
    balances = (
        Balance(wallet.pk, wallet.mode, wallet.currency_id, wallet.available, wallet.held)
        for wallet in found
        if wallet.available or wallet.held
    )
    return OpenWork(orders=len(set(lines)), lines=len(lines), balances=tuple(balances))


def waiting_cards(partner_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """Return how many cards of these partners wait for the supplier, by partner and mode."""
    lines = OrderItem.objects.filter(status=LineStatus.WAITING, partner__in=partner_ids).order_by()
    counted = lines.values_list("partner_id", "account__mode").annotate(Sum("quantity"))
    return {(partner_id, mode): cards for partner_id, mode, cards in counted}
