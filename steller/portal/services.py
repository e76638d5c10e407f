"""What needs several apps at once: a partner opened with its wallet, first money, price rule, key and owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django_subatomic.db import transaction

from catalog import services as catalog
from orders import queries as order_queries
from partners import queries as partner_queries
from partners import services as partners
from partners.services import NewKey, NewUser
from steller.database import Mode
from steller.errors import InvalidRequestError, PartnerNotClosableError
from steller.money import LEDGER_PLACES
from wallets import queries as wallet_queries
from wallets import services as wallets

# What a test wallet is filled with when a test key is made and nothing is in it.
PLAY_MONEY = Decimal(10_000)
_EMPTY = Decimal("0.0001")
# What numeric(18,4) cannot hold any more.
_TOO_MUCH = Decimal(10) ** 14


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
    key_mode: Mode | None = None,
    owner_email: str | None = None,
    invite_owner: bool = False,
    reason: str = "",
    **details: Any,
) -> NewPartner:
    """Open a partner that pays face value, with a wallet in `currency` that holds `fund`; all of it or nothing.

    Its owner gets a password that is shown once, or with `invite_owner` an e-mail; its key is of `key_mode`, or of the
    wallet's. `details` are others of its columns.

    Raises:
        InvalidRequestError: a wrong or taken e-mail address, an unknown currency, an amount that is not money.

    """
    _check_amount(fund)
    with transaction():
        partner_id = partners.create_partner(name=name, email=email, actor=actor, reason=reason, **details)
        wallet_id = wallets.open_wallet(partner_id=partner_id, currency=currency, mode=mode, actor=actor)
        if fund:
            _fund(partner_id, wallet_id, fund, currency=currency, actor=actor)
        _price_at_face_value(partner_id, actor)
        return NewPartner(
            partner_id=partner_id,
            wallet_id=wallet_id,
            key=_make_key(partner_id=partner_id, mode=key_mode or mode, actor=actor, reason=reason)
            if with_key
            else None,
            owner=_make_owner(partner_id, owner_email, actor, invite=invite_owner) if owner_email else None,
        )


def change_partner(
    *, partner_id: int, actor: str, reason: str, second_factor_required: bool | None = None, **changes: Any
) -> None:
    """Change what is known of a partner, and whether its people need a second factor; all of it or nothing.

    Raises:
        InvalidRequestError: no name, or an e-mail address that another partner has.
        NotFoundError: no such partner.

    """
    with transaction():
        partners.lock_partner(partner_id=partner_id)
        partners.change_partner(partner_id=partner_id, actor=actor, reason=reason, **changes)
        if second_factor_required is not None:
            partners.require_second_factor(
                partner_id=partner_id, required=second_factor_required, actor=actor, reason=reason
            )


def close_partner(*, partner_id: int, actor: str, reason: str) -> None:
    """Remove a partner that has neither open orders nor money with us.

    Raises:
        NotFoundError: no such partner.
        PartnerNotClosableError: an order is open, or a live wallet is not empty.

    """
    with transaction():
        partners.lock_partner(partner_id=partner_id)
        # With its wallets locked nobody can place an order meanwhile: that takes money. Play money may be left.
        live = wallet_queries.wallets_of(partner_id=partner_id, mode=Mode.LIVE).select_for_update().order_by("pk")
        if left := [
            f"{wallet.available + wallet.held} {wallet.currency_id}"
            for wallet in live
            if wallet.available or wallet.held
        ]:
            raise PartnerNotClosableError(f"There is money left: {', '.join(left)}. Pay it out first.")
        if order_queries.open_work_of(partner_id).lines:
            raise PartnerNotClosableError("An order is open: wait until it is settled, or cancel it.")
        partners.remove_partner(partner_id=partner_id, actor=actor, reason=reason)


def make_key(*, partner_id: int, actor: str, **wanted: Any) -> NewKey:
    """Make a key; `wanted` is what `partners.create_api_key` takes. A test key comes with test wallets.

    Raises:
        InvalidRequestError: an end in the past, or a text that is no network.
        PermissionDeniedError: the key would go beyond its maker.

    """
    with transaction():
        return _make_key(partner_id=partner_id, actor=actor, **wanted)


def fill_test_wallets(*, partner_id: int, actor: str) -> None:
    """Fill a partner's test wallets with play money, up to what they began with; live wallets are not touched."""
    with transaction():
        _give_play_money(partner_id, uuid4().hex, actor, below=PLAY_MONEY)


def rotate_key(*, key_id: int, partner_id: int, actor: str, overlap: timedelta, **more: Any) -> NewKey:
    """Replace a key by another like it; both are good for `overlap`.

    Raises:
        InvalidRequestError: it was revoked, or the overlap is too long.
        NotFoundError: the partner has no such key.
        PermissionDeniedError: the key goes beyond its rotator.

    """
    with transaction():
        return partners.rotate_api_key(key_id=key_id, partner_id=partner_id, actor=actor, overlap=overlap, **more)


def revoke_key(*, key_id: int, partner_id: int, actor: str, reason: str, **more: Any) -> None:
    """End a key at once.

    Raises:
        NotFoundError: the partner has no such key.
        PermissionDeniedError: a test key would revoke a live one.

    """
    with transaction():
        partners.revoke_api_key(key_id=key_id, partner_id=partner_id, actor=actor, reason=reason, **more)


def resend_events(
    *, partner_id: int, mode: str, event_ids: Sequence[UUID], subject: str, actor: str, reason: str
) -> int:
    """Have events sent once more to each of a partner's endpoints; return how many these are.

    Raises:
        InvalidRequestError: no endpoint or no event, or too many repeats wait already.

    """
    with transaction():
        endpoints = list(partner_queries.endpoints_of(partner_id=partner_id, mode=mode))
        if not endpoints or not event_ids:
            raise InvalidRequestError("There is nothing to send, or nowhere to send it.")
        for endpoint in endpoints:
            partners.replay(endpoint_id=endpoint.pk, partner_id=partner_id, mode=mode, actor=actor, event_ids=event_ids)
        partners.record_audit(
            action="webhook.resend",
            subject=subject,
            actor=actor,
            partner_id=partner_id,
            reason=reason,
            after={"events": [str(event_id) for event_id in event_ids], "endpoints": len(endpoints)},
        )
    return len(endpoints)


def create_staff(*, email: str, role: str, actor: str, password: str | None = None) -> NewUser:
    """Make a staff user in one role.

    Raises:
        InvalidRequestError: a wrong or taken e-mail address, an unknown role, a weak password.

    """
    with transaction():
        return partners.create_user(email=email, role=role, password=password, actor=actor)


def _make_key(*, partner_id: int, actor: str, mode: Mode = Mode.LIVE, **wanted: Any) -> NewKey:
    key = partners.create_api_key(partner_id=partner_id, actor=actor, mode=mode, **wanted)
    if mode is Mode.TEST:
        _give_play_money(partner_id, str(key.id), actor)
    return key


def _give_play_money(partner_id: int, occasion: str, actor: str, *, below: Decimal = _EMPTY) -> None:
    """Open a test wallet beside each live one and fill those with less; what is in them buys from the sandbox only."""
    test = wallet_queries.wallets_of(partner_id=partner_id, mode=Mode.TEST)
    live = wallet_queries.wallets_of(partner_id=partner_id, mode=Mode.LIVE)
    for currency in sorted({*live.values_list("currency", flat=True), *test.values_list("currency", flat=True)}):
        wallet_id = wallets.open_wallet(partner_id=partner_id, currency=currency, mode=Mode.TEST, actor=actor)
        available = test.filter(pk=wallet_id, available__lt=below).values_list("available", flat=True).first()
        if available is not None:
            amount, reference = PLAY_MONEY - available, f"play:{occasion}:{wallet_id}"
            wallets.top_up(wallet_id=wallet_id, amount=amount, reference=reference, actor=actor, reason="Play money")
            _record_top_up(partner_id, wallet_id, amount, currency=currency, reference=reference, actor=actor)


def _make_owner(partner_id: int, email: str, actor: str, *, invite: bool) -> NewUser:
    if not invite:
        return partners.create_user(email=email, role="owner", partner_id=partner_id, actor=actor)
    return NewUser(partners.invite_user(email=email, role="owner", partner_id=partner_id, actor=actor), email, "")


def _check_amount(fund: Decimal) -> None:
    if not fund.is_finite() or fund < 0:
        raise InvalidRequestError("The first top-up is a positive amount.")
    if fund >= _TOO_MUCH:
        raise InvalidRequestError(f"The first top-up is below {_TOO_MUCH:,}.")
    if fund != round(fund, LEDGER_PLACES):
        raise InvalidRequestError(f"The first top-up has at most {LEDGER_PLACES} decimals.")


def _fund(partner_id: int, wallet_id: int, amount: Decimal, *, currency: str, actor: str) -> None:
    reference = f"opening:{wallet_id}"
    wallets.top_up(wallet_id=wallet_id, amount=amount, reference=reference, actor=actor, reason="First top-up")
    _record_top_up(partner_id, wallet_id, amount, currency=currency, reference=reference, actor=actor)


def _record_top_up(
    partner_id: int, wallet_id: int, amount: Decimal, *, currency: str, reference: str, actor: str
) -> None:
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
