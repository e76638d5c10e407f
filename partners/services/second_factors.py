"""Second factors: six digits from a secret shared with a person's phone, and codes for when the phone is lost."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest

import pyotp
import segno
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_subatomic.db import durable, transaction, transaction_required

from partners import queries
from partners.models import RecoveryCode, SecondFactor, User
from partners.services.audit import record_audit
from partners.services.emails import queue_email
from steller.encryption import card_keys
from steller.errors import InvalidRequestError, PermissionDeniedError

_ISSUER = "Steller"
_STEP_SECONDS = 30
_RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH = 16
_MOST_FAILURES = 10
_BLOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """What a phone needs to take part: shown to its owner until a first code was right, and never again."""

    secret: str
    uri: str

    @property
    def qr_code(self) -> str:
        """Draw the address for the phone's camera, as an SVG image in a data URI."""
        drawn: str = segno.make(self.uri, error="m").svg_data_uri(scale=5, border=3)
        return drawn


@durable
def start_second_factor(*, user_id: int) -> Enrolment:
    """Make the secret for a person's phone, or show again the one that waits for its first code.

    Raises:
        InvalidRequestError: the person has a second factor.

    """
    with transaction():
        user = User.objects.select_for_update().get(pk=user_id)
        factor = SecondFactor.objects.filter(user=user).first()
        if factor is not None and factor.confirmed_at is not None:
            raise InvalidRequestError("The second factor is set up already; remove it first.")
        if factor is None:
            factor = SecondFactor(user=user)
            factor.secret = card_keys().encrypt(pyotp.random_base32(), place=factor.place)
            factor.save(force_insert=True)
        secret = _secret_of(factor)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=_ISSUER))


@durable
def confirm_second_factor(*, user_id: int, code: str) -> list[str]:
    """Switch the second factor on with a first code from the phone; the answer are the recovery codes, once.

    Raises:
        InvalidRequestError: nothing waits for a code, or the code is wrong.

    """
    with transaction():
        factor = SecondFactor.objects.select_for_update().filter(user=user_id, confirmed_at=None).first()
        if factor is None:
            raise InvalidRequestError("There is no second factor that waits for its first code.")
        step = _step_of(code, factor)
        if step is None:
            raise InvalidRequestError("The code is wrong; look at the phone's clock.", errors={"otp": ["Wrong."]})
        factor.last_step = step
        factor.confirmed_at = timezone.now()
        factor.save(update_fields=["last_step", "confirmed_at"])
        _tell(User.objects.get(pk=user_id), "user.second_factor_on", actor=f"user:{user_id}")
        return _fresh_recovery_codes(user_id)


@durable
def renew_recovery_codes(*, user_id: int) -> list[str]:
    """Make new recovery codes; the old ones are over.

    Raises:
        InvalidRequestError: the person has no second factor.

    """
    with transaction():
        if not SecondFactor.objects.select_for_update().filter(user=user_id, confirmed_at__isnull=False).exists():
            raise InvalidRequestError("There is no second factor.")
        user = User.objects.get(pk=user_id)
        _tell(user, "user.recovery_codes", actor=f"user:{user_id}")
        return _fresh_recovery_codes(user_id)


@durable
def use_code(*, user_id: int, code: str) -> bool:
    """Take a code of the phone or a recovery code, each of them once; the answer is whether it was right.

    After ten wrong ones in a row none is taken for a quarter of an hour, whatever addresses they come from.
    """
    with transaction():
        factor = SecondFactor.objects.select_for_update().filter(user=user_id, confirmed_at__isnull=False).first()
        if factor is None or (factor.blocked_until is not None and factor.blocked_until > timezone.now()):
            return False
        step = _step_of(code, factor)
        if step is not None:
            factor.last_step = step
        is_right = step is not None or _use_recovery_code(user_id, code)
        factor.failures = 0 if is_right else factor.failures + 1
        factor.blocked_until = None
        if factor.failures >= _MOST_FAILURES:
            factor.failures, factor.blocked_until = 0, timezone.now() + _BLOCKED_FOR
        factor.save(update_fields=["last_step", "failures", "blocked_until"])
        return is_right


@durable
def give_up_second_factor(*, user_id: int) -> None:
    """Take one's own second factor away.

    Raises:
        PermissionDeniedError: this person may not be without one.

    """
    with transaction():
        user = User.objects.select_for_update().get(pk=user_id)
        if queries.second_factor_is_asked(user):
            raise PermissionDeniedError("A second factor is required; ask for a reset if the phone is lost.")
        remove_second_factor(user=user, actor=f"user:{user_id}")


@transaction_required
def remove_second_factor(*, user: User, actor: str, reason: str = "") -> None:
    """Take a person's second factor away, with its recovery codes; sessions and tokens of before are over."""
    removed, _ = SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    if removed:
        User.objects.filter(pk=user.pk).update(access_version=F("access_version") + 1, updated_by=actor)
        _tell(user, "user.second_factor_off", actor=actor, reason=reason)


def _tell(user: User, action: str, *, actor: str, reason: str = "") -> None:
    record_audit(action=action, subject=f"user:{user.pk}", actor=actor, partner_id=user.partner_id, reason=reason)
    if user.deleted_at is None:
        queue_email(
            to=user.email,
            kind="second_factor_changed",
            context={"action": action},
            partner_id=user.partner_id,
            actor=actor,
        )


def _step_of(code: str, factor: SecondFactor) -> int | None:
    """Find the time step that the code belongs to: one before, now or one after, and none that was used."""
    totp = pyotp.TOTP(_secret_of(factor))
    digits = code.strip().replace(" ", "").encode(errors="replace")
    now = int(time.time()) // _STEP_SECONDS
    for step in (now - 1, now, now + 1):
        if compare_digest(totp.at(step * _STEP_SECONDS).encode(), digits) and step > factor.last_step:
            return step
    return None


def _secret_of(factor: SecondFactor) -> str:
    return card_keys().decrypt(factor.secret, place=factor.place)


def _fresh_recovery_codes(user_id: int) -> list[str]:
    RecoveryCode.objects.filter(user=user_id).delete()
    codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user_id, digest=_digest(user_id, code, settings.SECRET_KEY)) for code in codes
    )
    return ["-".join(code[start : start + 4] for start in range(0, _RECOVERY_LENGTH, 4)) for code in codes]


def _recovery_code() -> str:
    return "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_LENGTH))


def _use_recovery_code(user_id: int, code: str) -> bool:
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    unused = RecoveryCode.objects.filter(user=user_id, used_at=None, digest__in=list(_digests(user_id, plain)))
    return bool(unused.update(used_at=timezone.now()))


def _digests(user_id: int, code: str) -> Iterator[bytes]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield _digest(user_id, code, secret)


def _digest(user_id: int, code: str, secret: str) -> bytes:
    return salted_hmac("partners.recovery_code", f"{user_id}|{code}", secret=secret, algorithm="sha256").digest()
