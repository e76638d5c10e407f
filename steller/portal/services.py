"""What needs several apps at once: a partner opened with its wallet, first money, price rule, key and owner."""

from dataclasses import dataclass
from decimal import Decimal

from django_subatomic.db import transaction

from catalog import services as catalog
from partners import services as partners
from partners.services import NewKey, NewUser
from steller.database import Mode
from steller.errors import InvalidRequestError
from steller.money import LEDGER_PLACES
from wallets import services as wallets


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A partner just opened, with the secrets that are shown once."""

    partner_id: int
    wallet_id: int
    key: NewKey | None
    owner: NewUser | None


def open_partner(  # noqa: PLR0913 - what the command asks for
    *,
    name: str,
    email: str,
    currency: str,
    actor: str,
    fund: Decimal = Decimal(0),
    mode: Mode = Mode.LIVE,
    with_key: bool = False,
    owner_email: str | None = None,
) -> NewPartner:
    """Open a partner that pays face value, with a wallet in `currency` that holds `fund`; all of it or nothing.

    Raises:
        InvalidRequestError: a wrong or taken e-mail address, an unknown currency, an amount that is not money.

    """
    _check_amount(fund)
    with transaction():
        partner_id = partners.create_partner(name=name, email=email, actor=actor)
        wallet_id = wallets.open_wallet(partner_id=partner_id, currency=currency, mode=mode, actor=actor)
        if fund:
            _fund(partner_id, wallet_id, fund, currency=currency, actor=actor)
        _price_at_face_value(partner_id, actor)
        return NewPartner(
            partner_id=partner_id,
            wallet_id=wallet_id,
            key=partners.create_api_key(partner_id=partner_id, mode=mode, actor=actor) if with_key else None,
            owner=(
                partners.create_user(email=owner_email, role="owner", partner_id=partner_id, actor=actor)
                if owner_email
                else None
            ),
        )


def create_staff(*, email: str, role: str, actor: str, password: str | None = None) -> NewUser:
    """Make a staff user in one role.

    Raises:
        InvalidRequestError: a wrong or taken e-mail address, an unknown role, a weak password.

    """
    with transaction():
        return partners.create_user(email=email, role=role, password=password, actor=actor)


def _check_amount(fund: Decimal) -> None:
    if not fund.is_finite() or fund < 0 or fund >= Decimal(10) ** 14:
        raise InvalidRequestError("The first top-up is a positive amount.")
    if fund != round(fund, LEDGER_PLACES):
        raise InvalidRequestError(f"The first top-up has at most {LEDGER_PLACES} decimals.")


def _fund(partner_id: int, wallet_id: int, amount: Decimal, *, currency: str, actor: str) -> None:
    reference = f"opening:{wallet_id}"
    wallets.top_up(wallet_id=wallet_id, amount=amount, reference=reference, actor=actor, reason="First top-up")
    partners.record_audit(
        action="wallet.top_up",
        subject=f"wallet:{wallet_id}",
        actor=actor,
        partner_id=partner_id,
        after={"amount": str(amount), "currency": currency, "reference": reference},
    )


def _price_at_face_value(partner_id: int, actor: str) -> None:
    catalog.set_partner_commission(
        partner_id=partner_id,
        kind="percent",
        basis="extra",
        value=Decimal(0),
        actor=actor,
        reason="Face value at first",
    )
