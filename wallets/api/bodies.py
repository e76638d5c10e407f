"""How wallets, entries, statements and requests for money are written."""

from steller.money import display
from wallets.models import MoneyRequest, Wallet, WalletEntry
from wallets.queries import Balance, Statement


def wallet_body(wallet: Wallet) -> dict[str, object]:
    """Write a wallet for its partner."""
    threshold = wallet.low_balance_threshold
    return {
        "id": wallet.pk,
        "currency": wallet.currency_id,
        "type": wallet.type,
        "available": display(wallet.available),
        "held": display(wallet.held),
        "version": wallet.version,
        "low_balance_threshold": None if threshold is None else display(threshold),
        "is_low": wallet.is_low,
    }


def staff_wallet_body(wallet: Wallet) -> dict[str, object]:
    """Write a wallet for our staff."""
    return {**wallet_body(wallet), "partner": _partner(wallet), "mode": wallet.mode}


def entry_body(entry: WalletEntry) -> dict[str, object]:
    """Write an entry."""
    return {
        "id": entry.pk,
        "version": entry.version,
        "kind": entry.kind,
        "available_delta": display(entry.available_delta),
        "held_delta": display(entry.held_delta),
        "available_after": display(entry.available_after),
        "held_after": display(entry.held_after),
        "reference": entry.reference,
        "reason": entry.reason,
        "actor": entry.actor,
        "created_at": entry.created_at,
    }


def statement_body(statement: Statement, entries: object) -> dict[str, object]:
    """Write a statement around a page of its entries."""
    return {
        "wallet_id": statement.wallet.pk,
        "currency": statement.wallet.currency_id,
        "month": str(statement.month),
        "is_final": statement.is_final,
        "opening": _balance(statement.opening),
        "totals": [
            {
                "kind": kind.value,
                "entries": total.entries,
                "available": display(total.available),
                "held": display(total.held),
            }
            for kind, total in statement.totals.items()
        ],
        "closing": _balance(statement.closing),
        "entries": entries,
    }


def top_up_body(request: MoneyRequest) -> dict[str, object]:
    """Write a request for its partner."""
    return {
        "id": request.pk,
        "wallet_id": request.wallet_id,
        "currency": request.wallet.currency_id,
        "amount": display(request.amount),
        "reference": request.reference,
        "note": request.reason,
        "status": request.status,
        "created_at": request.created_at,
        "decided_at": request.decided_at,
        "decision_reason": request.decision_reason,
    }


def staff_request_body(request: MoneyRequest) -> dict[str, object]:
    """Write a request for our staff."""
    return {
        **top_up_body(request),
        "partner": _partner(request.wallet),
        "mode": request.wallet.mode,
        "created_by": request.created_by,
        "first_approved_at": request.first_approved_at,
        "first_approved_by": request.first_approved_by,
        "decided_by": request.decided_by,
    }


def _partner(wallet: Wallet) -> dict[str, object]:
    return {"id": wallet.partner_id, "name": wallet.partner.name}


def _balance(balance: Balance) -> dict[str, object]:
    return {"version": balance.version, "available": display(balance.available), "held": display(balance.held)}
