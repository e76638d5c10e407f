"""The hand on the supplier's tap: breakers closed, endpoints stopped and resumed, an account's limit lifted."""

from django.conf import settings
from django_subatomic.db import durable, transaction

from bamboo import accounts, limits
from bamboo.models import Account
from orders.services import reasons
from partners import services as partners
from steller.errors import InvalidRequestError, NotFoundError

# Kept by slots, one product each: there is no row to stop.
_NO_ROW = "product"


@durable
def close_breaker(*, key: str, mode: str, actor: str, reason: str) -> bool:
    """Let an endpoint be called again before the supplier's accounts answer well; tell whether it was blocked.

    Raises:
        InvalidRequestError: no reason, or no such endpoint.

    """
    why = reasons.checked(reason)
    _require_known(key)
    with transaction():
        was_open = bool(limits.unblock(mode, key))
        if was_open:
            _record("breaker.close", key, mode, actor, why)
    return was_open


@durable
def stop_calls(*, key: str, mode: str, actor: str, reason: str) -> bool:
    """Throw the kill switch of an endpoint (`checkout`: of all buying) until somebody lifts it.

    A round that has its slot still sends: that is over within seconds. Tells whether this call threw it.

    Raises:
        InvalidRequestError: no reason, or no such endpoint.

    """
    why = reasons.checked(reason)
    _require_known(key)
    with transaction():
        is_new = limits.stop(key, mode=mode, actor=actor, reason=why)
        if is_new:
            _record("calls.stop", key, mode, actor, why)
    return is_new


@durable
def resume_calls(*, key: str, mode: str, actor: str, reason: str) -> bool:
    """Lift the kill switch of an endpoint; tell whether it was thrown.

    Raises:
        InvalidRequestError: no reason, or no such endpoint.

    """
    why = reasons.checked(reason)
    _require_known(key)
    with transaction():
        was_stopped = limits.resume(key, mode=mode)
        if was_stopped:
            _record("calls.resume", key, mode, actor, why)
    return was_stopped


@durable
def lift_float_limit(*, account_id: int, actor: str, reason: str) -> bool:
    """Let claims spend from an account without a limit again; tell whether there was one.

    Raises:
        InvalidRequestError: no reason.
        NotFoundError: no such account.

    """
    why = reasons.checked(reason)
    with transaction():
        account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
        if account is None:
            raise NotFoundError("No such account.")
        limit = account.float_limit
        if limit is None:
            return False
        accounts.set_float_limit(account_id, None)
        partners.record_audit(
            action="float_limit.lift",
            subject=f"account:{account_id}",
            actor=actor,
            reason=why,
            before={"float_limit": str(limit), "currency": account.currency},
        )
    return True


def _require_known(key: str) -> None:
    known = sorted(set(settings.BAMBOO_LIMITS) - {_NO_ROW}) or ["checkout", "order"]
    if key not in known:
        wrong = [f"One of {', '.join(known)}."]
        raise InvalidRequestError("There is no such endpoint.", errors={"key": wrong})


def _record(action: str, key: str, mode: str, actor: str, reason: str) -> None:
    partners.record_audit(action=action, subject=f"limiter:{mode}/{key}", actor=actor, reason=reason)
