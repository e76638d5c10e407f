"""Top-ups and adjustments are asked for here, once for each reference; what needs nobody else is booked at once."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django_subatomic.db import transaction_if_not_already

from partners import services as partners
from steller.errors import InvalidRequestError, NotFoundError
from wallets.models import Adjustment, MoneyRequest, TopUp, Wallet
from wallets.services.amounts import check_amount, check_positive, check_texts
from wallets.services.deciding import decide_own
from wallets.services.ledger import AlreadyMovedError


@dataclass(frozen=True, slots=True)
class Asked[R: MoneyRequest]:
    """A request as it stands now, and whether it was there before."""

    request: R
    repeated: bool


@transaction_if_not_already
def request_top_up(
    *, partner_id: int, mode: str, wallet_id: int, amount: Decimal, reference: str, actor: str, note: str = ""
) -> Asked[TopUp]:
    """Note that a partner paid in; our staff book it. The same reference again is the same request.

    Raises:
        AlreadyMovedError: the reference stands for another amount.
        InvalidRequestError: not a positive amount, or a reference or note that cannot be kept.
        NotFoundError: no such wallet of this partner.

    """
    check_positive(amount)
    wallet = Wallet.objects.filter(pk=wallet_id, partner=partner_id, mode=mode).first()
    return _ask(TopUp.objects.all(), wallet, amount, reference=reference, reason=note, actor=actor)


@transaction_if_not_already
def record_top_up(*, wallet_id: int, amount: Decimal, reference: str, actor: str, note: str = "") -> Asked[TopUp]:
    """Record money that one of our staff saw arrive, and book it if that needs no second person.

    Raises:
        AlreadyMovedError: the reference stands for another amount.
        InvalidRequestError: not a positive amount, or a reference or note that cannot be kept.
        NotFoundError: no such wallet.

    """
    check_positive(amount)
    wallet = Wallet.objects.filter(pk=wallet_id).first()
    asked = _ask(TopUp.objects.all(), wallet, amount, reference=reference, reason=note, actor=actor)
    if not asked.repeated:
        decide_own(request=asked.request, actor=actor)
    return asked


@transaction_if_not_already
def record_adjustment(*, wallet_id: int, amount: Decimal, reference: str, actor: str, reason: str) -> Asked[Adjustment]:
    """Record a correction that one of our staff makes, and book it if that needs no second person.

    Raises:
        AlreadyMovedError: the reference stands for another amount.
        InsufficientFundsError: it would overdraw the wallet; nothing was recorded.
        InvalidRequestError: nothing to correct, or no reason.
        NotFoundError: no such wallet.

    """
    check_amount(amount)
    if amount == 0 or not reason.strip():
        raise InvalidRequestError("An adjustment needs an amount other than 0 and a reason.")
    wallet = Wallet.objects.filter(pk=wallet_id).first()
    asked = _ask(Adjustment.objects.all(), wallet, amount, reference=reference, reason=reason, actor=actor)
    if not asked.repeated:
        decide_own(request=asked.request, actor=actor)
    return asked


def _ask[R: MoneyRequest](
    requests: QuerySet[R], wallet: Wallet | None, amount: Decimal, *, reference: str, reason: str, actor: str
) -> Asked[R]:
    check_texts(reference=reference, reason=reason)
    if wallet is None:
        raise NotFoundError("No such wallet.")
    # Of two at once the second waits here for the first one's commit, and then finds its row.
    request, created = requests.get_or_create(
        wallet=wallet,
        reference=reference,
        defaults={"amount": amount, "reason": reason, "created_by": actor, "updated_by": actor},
    )
    if request.amount != amount:
        raise AlreadyMovedError(f"The reference {reference!r} stands for another amount.")
    if created:
        partners.record_audit(
            action=f"{request.kind.value}.request",
            subject=request.name,
            actor=actor,
            partner_id=wallet.partner_id,
            reason=reason,
            after={"wallet": wallet.pk, "amount": str(amount), "reference": reference},
        )
    return Asked(request, repeated=not created)
