"""What a partner is told of its money: an event for its programs, an e-mail for its people, both with the move."""

from collections.abc import Mapping
from decimal import Decimal

from django_subatomic.db import transaction_required

from partners import queries as partner_queries
from partners import services as partners
from steller.money import display
from wallets.models import MoneyRequest, Wallet


@transaction_required
def tell_moved(*, request: MoneyRequest, available: Decimal, actor: str) -> None:
    """Tell that a request was booked."""
    credited = request.amount > 0
    _tell(
        request.wallet,
        kind="wallet.credited" if credited else "wallet.debited",
        email="wallet_credited" if credited else "wallet_debited",
        facts={**_facts(request), "available": display(available)},
        actor=actor,
    )


@transaction_required
def tell_rejected(*, request: MoneyRequest, actor: str) -> None:
    """Tell that a request was refused, and why."""
    _tell(
        request.wallet,
        kind="wallet.top_up_rejected",
        email="wallet_top_up_rejected",
        facts={**_facts(request), "rejection": request.decision_reason},
        actor=actor,
    )


@transaction_required
def tell_low(*, wallet: Wallet, available: Decimal, threshold: Decimal, actor: str) -> None:
    """Tell that less may be spent than the partner wants to have."""
    facts = {"available": display(available), "threshold": display(threshold)}
    _tell(wallet, kind="wallet.low", email="wallet_low", facts=facts, actor=actor)


def _facts(request: MoneyRequest) -> dict[str, object]:
    return {
        "kind": request.kind.value,
        "amount": display(request.amount),
        "reference": request.reference,
        "reason": request.reason,
    }


def _tell(wallet: Wallet, *, kind: str, email: str, facts: Mapping[str, object], actor: str) -> None:
    partner = partner_queries.partner_of(wallet.partner_id)
    body = {"wallet_id": wallet.pk, "currency": wallet.currency_id, "mode": wallet.mode, **facts}
    partners.record_event(partner_id=partner.pk, kind=kind, body=body, actor=actor)
    partners.queue_email(
        to=partner.email,
        kind=email,
        context={**body, "partner": partner.name},
        partner_id=partner.pk,
        actor=actor,
    )
