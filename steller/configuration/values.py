"""Values that are more than a word or a number, read from one line of the environment each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ImproperlyConfigured

from steller.origin import networks_of

DEFAULT_LIMITS = (
    "checkout=2/1,product=6/60,order=120/60,catalog=2/3600,catalog_v2=1/3,rates=20/60,transactions=4/3600,other=1/1"
)
_LARGEST_PERCENTAGE = 1000
_CURRENCY = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"[0-9]{1,14}(\.[0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float

    @property
    def spacing(self) -> float:
        """Seconds between two calls that keep the limit with a tenth to spare, however windows fall."""
        return self.seconds / self.calls * 1.1


def parse_limits(text: str) -> Mapping[str, Limit]:
    """Read `checkout=2/1,order=120/60` over the documented limits; `off` lifts all of them.

    Raises:
        ImproperlyConfigured: an unknown name, or no positive numbers.

    """
    if text.strip().lower() == "off":
        return {}
    limits: dict[str, Limit] = {}
    known = {part.split("=")[0] for part in DEFAULT_LIMITS.split(",")}
    for part in (DEFAULT_LIMITS + ("," + text if text.strip() else "")).split(","):
        name, _, value = part.strip().partition("=")
        calls, _, seconds = value.partition("/")
        try:
            limit = Limit(int(calls), float(seconds))
        except ValueError as error:
            raise ImproperlyConfigured(f"BAMBOO_LIMITS: {part!r} is not name=calls/seconds") from error
        if name not in known or limit.calls < 1 or limit.seconds <= 0:
            raise ImproperlyConfigured(f"BAMBOO_LIMITS: {part!r} names no known, positive limit")
        limits[name] = limit
    return limits


def parse_rate(name: str, text: str) -> Limit | None:
    """Read `600/60`: calls in so many seconds; `off` is no limit.

    Raises:
        ImproperlyConfigured: it is neither.

    """
    if text.strip().lower() == "off":
        return None
    calls, _, seconds = text.partition("/")
    if not (calls.strip().isdecimal() and seconds.strip().isdecimal() and int(calls) and int(seconds)):
        raise ImproperlyConfigured(f"{name}: {text!r} is not calls/seconds, such as 600/60, or off")
    return Limit(int(calls), float(int(seconds)))


def parse_currency(name: str, text: str) -> str:
    """Read a currency's code, such as `USD`.

    Raises:
        ImproperlyConfigured: it is none.

    """
    code = text.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise ImproperlyConfigured(f"{name}: {text!r} is not a currency code of three letters")
    return code


def percent(text: str) -> Decimal:
    """Read a percentage, such as `1.5`.

    Raises:
        ImproperlyConfigured: it is no number from 0 to 1000.

    """
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ImproperlyConfigured(f"{text!r} is not a percentage") from error
    if not 0 <= number <= _LARGEST_PERCENTAGE:
        raise ImproperlyConfigured(f"{text!r} is not a percentage from 0 to {_LARGEST_PERCENTAGE}")
    return number


def parse_amounts(name: str, text: str) -> Mapping[str, Decimal]:
    """Read `*=10000,JPY=1500000`: an amount for each currency, `*` for those that are not named.

    Raises:
        ImproperlyConfigured: a part is not CURRENCY=amount, or `*` is missing.

    """
    amounts: dict[str, Decimal] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        currency, _, amount = part.partition("=")
        if not _AMOUNT.fullmatch(amount.strip()):
            raise ImproperlyConfigured(f"{name}: {part!r} is not CURRENCY=amount")
        amounts[currency.strip().upper()] = Decimal(amount.strip())
    if "*" not in amounts:
        raise ImproperlyConfigured(f"{name} needs an amount for *, the currencies that are not named")
    return amounts


def parse_networks(text: str) -> tuple[str, ...]:
    """Read `10.0.0.1,10.1.0.0/16`.

    Raises:
        ImproperlyConfigured: a part is neither an address nor a network.

    """
    parts = tuple(piece.strip() for piece in text.split(",") if piece.strip())
    try:
        networks_of(parts)
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from error
    return parts
