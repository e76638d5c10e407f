"""What a partner is told of its money: an event for its programs, an e-mail for its people, both with the move."""

from collections.abc import Mapping
from decimal import Decimal

from django_subatomic.db import transaction_required

from partners import queries as partner_queries
from partners import services as partners
from partners.models import EventKind, NotificationKind
from steller.money import display
from wallets.models import MoneyRequest, Wallet


@transaction_required
def tell_moved(*, request: MoneyRequest, available: Decimal, actor: str) -> None:
    """Tell that a request was booked."""
    _tell(
        request.wallet,
        kind=EventKind.WALLET_CREDITED if request.amount > 0 else EventKind.WALLET_DEBITED,
        facts={**_facts(request), "available": display(available)},
        actor=actor,
    )


@transaction_required
def tell_rejected(*, request: MoneyRequest, actor: str) -> None:
    """Tell that a request was refused, and why."""
    _tell(
        request.wallet,
        kind=EventKind.WALLET_TOP_UP_REJECTED,
        facts={**_facts(request), "rejection": request.decision_reason},
        actor=actor,
    )


@transaction_required
def tell_low(*, wallet: Wallet, available: Decimal, threshold: Decimal, actor: str) -> None:
    """Tell that less may be spent than the partner wants to have."""
    facts = {"available": display(available), "threshold": display(threshold)}
    _tell(wallet, kind=EventKind.WALLET_LOW, facts=facts, actor=actor)


def _facts(request: MoneyRequest) -> dict[str, object]:
    return {
        "kind": request.kind.value,
        "amount": display(request.amount),
        "reference": request.reference,
        "reason": request.reason,
    }


def _tell(wallet: Wallet, *, kind: EventKind, facts: Mapping[str, object], actor: str) -> None:
    # The e-mail has the event's name.
    body = {"wallet_id": wallet.pk, "currency": wallet.currency_id, "mode": wallet.mode, **facts}
    partners.record_event(partner_id=wallet.partner_id, kind=kind.value, body=body, actor=actor, mode=wallet.mode)
    partners.notify(
        partner_id=wallet.partner_id,
        kind=NotificationKind[kind.name],
        context={**body, "partner": partner_queries.partner_of(wallet.partner_id).name},
        actor=actor,
    )
