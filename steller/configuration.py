"""What the settings are made of: parsed limits, clocks that fit each other, the broker, refused secrets.

Pure: nothing here reads the environment or the database, so each rule is tested on its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

from steller import embedded
from steller.encryption import KeyRing, KeyRingError
from steller.origin import networks_of
from steller.signatures import SigningKey, SigningKeyError, parse_public_keys

DEFAULT_LIMITS = (
    "checkout=2/1,product=6/60,order=120/60,catalog=2/3600,catalog_v2=1/3,rates=20/60,transactions=4/3600,other=1/1"
)
_SHORTEST_LEASE = 3.0
_LARGEST_PERCENTAGE = 1000
# A mail server that takes longer is tried again later.
_MAIL_SECONDS = 15
_SHORTEST_SECRET = 32
_FEWEST_CHARACTERS = 8
_AMOUNT = re.compile(r"[0-9]{1,14}(\.[0-9]{1,4})?")
_LOCAL_HOSTS = {None, "", "localhost", "127.0.0.1", "::1"}
_SANDBOX_SECRET = "sandbox-secret"  # noqa: S105 - the imitation supplier's, public
_WEAK_WORDS = ("change-me", "changeme", "secret-key", "django-insecure", "password", "example")


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


def parse_accounts(text: str) -> Mapping[str, int]:
    """Read `USD=9001,EUR=9002`: the supplier's account to use for each currency.

    Raises:
        ImproperlyConfigured: a part is not CURRENCY=number.

    """
    accounts: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        currency, _, number = part.partition("=")
        if not number.strip().isdigit():
            raise ImproperlyConfigured(f"BAMBOO_ACCOUNT_IDS: {part!r} is not CURRENCY=number")
        accounts[currency.strip().upper()] = int(number)
    return accounts


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


_MAILER_OPTIONS = {
    "EMAIL_HOST": "host",
    "EMAIL_PORT": "port",
    "EMAIL_HOST_USER": "username",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_USE_TLS": "use_tls",
    "EMAIL_USE_SSL": "use_ssl",
}


def mailer(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a parsed `EMAIL_URL` into an entry of Django's MAILERS."""
    options = {option: parsed[name] for name, option in _MAILER_OPTIONS.items() if parsed.get(name)}
    if options.get("host"):
        options["timeout"] = _MAIL_SECONDS
    return {"BACKEND": parsed["EMAIL_BACKEND"], "OPTIONS": options}


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds that must fit each other: lease > task limit > slot wait + checkout, whatever is configured.

    A shorter lease shortens the others in proportion, so that no worker can ever be inside a call when its
    lease has run out (`docs/architecture.md`, Clocks).
    """

    lease: float
    grace: float
    task_limit: float
    checkout: float
    connect: float
    read: float

    @classmethod
    def derived(cls, *, lease: float, grace: float) -> "Clocks":
        """Fit the clocks to a lease and a grace.

        Raises:
            ImproperlyConfigured: the lease is too short to make a call in.

        """
        if lease < _SHORTEST_LEASE or grace < 0:
            raise ImproperlyConfigured("PURCHASE_LEASE_SECONDS must be at least 3, PURCHASE_GRACE_SECONDS 0")
        return cls(
            lease=lease,
            grace=grace,
            task_limit=min(40.0, lease * 2 / 3),
            checkout=min(20.0, lease / 3),
            connect=min(3.0, lease / 6),
            read=min(10.0, lease / 3),
        )


@dataclass(frozen=True, slots=True)
class Broker:
    """Where wake-ups travel and through which queues."""

    url: str
    queues: tuple[Queue, ...]
    transport_options: Mapping[str, Any] = field(default_factory=dict)


def embedded_broker(database_url: str) -> Broker:
    """Describe the broker that lives in the same PostgreSQL: direct exchanges, nothing to declare."""
    return Broker(
        url=embedded.broker_url(database_url),
        queues=_queues("direct", {}, {}),
        transport_options=embedded.broker_transport_options(database_url),
    )


def rabbitmq(url: str, *, process: str) -> Broker:
    """Describe RabbitMQ.

    Publishers get short socket time-outs: without them a RabbitMQ alarm would hang a web request for ever.
    The worker's consuming connection gets none, its heartbeat finds a dead broker.
    """
    options: dict[str, Any] = {"confirm_publish": True}
    if process != "worker":
        options |= {"read_timeout": 1, "write_timeout": 1, "connect_timeout": 1}
    quorum = {"x-queue-type": "quorum"}
    # A tick that nobody took within two seconds is worthless: the next one is there.
    return Broker(
        url=url, queues=_queues("topic", quorum, {**quorum, "x-message-ttl": 2000}), transport_options=options
    )


def _queues(kind: str, arguments: dict[str, Any], tick_arguments: dict[str, Any]) -> tuple[Queue, ...]:
    return tuple(
        Queue(name, Exchange(name, type=kind), routing_key=name, queue_arguments=options)
        for name, options in (("order-created", arguments), ("ticks", tick_arguments), ("slow", arguments))
    )


def refuse_weak_secrets(
    *,
    secret_key: str,
    jwt_signing_key: str,
    card_keys: str,
    database_url: str,
    rabbitmq_url: str,
    secret_key_fallbacks: Sequence[str] = (),
) -> None:
    """Stop a production process that would run on a missing, default or weak secret.

    Raises:
        ImproperlyConfigured: names the variable and what is wrong with it, never its value.

    """
    _refuse_weak("SECRET_KEY", secret_key)
    for former in secret_key_fallbacks:
        _refuse_weak("SECRET_KEY_FALLBACKS", former)
    _refuse_weak("JWT_SIGNING_KEY", jwt_signing_key)
    try:
        ring = KeyRing.parse(card_keys)
    except KeyRingError as error:
        raise ImproperlyConfigured(f"CARD_KEYS: {error}") from error
    if any(len(set(key)) < _FEWEST_CHARACTERS for _, key in ring.keys):
        raise ImproperlyConfigured("CARD_KEYS: a key is too regular, use 32 random bytes")
    _refuse_open_url("DATABASE_URL", database_url, tls=lambda url: _sslmode(url) == "verify-full")
    _refuse_open_url("RABBITMQ_URL", rabbitmq_url, tls=lambda url: urlsplit(url).scheme == "amqps")


def refuse_weak_supplier_secrets(
    *, mode: str, client_secret: str, notification_secret: str, webhook_secrets: Sequence[str]
) -> None:
    """Stop a process that would buy for real with the sandbox's secret, or believe callbacks that anybody may write.

    Without a callback secret callbacks are refused, so it may be missing. The sandbox's own values are public.

    Raises:
        ImproperlyConfigured: names the variable and what is wrong with it, never its value.

    """
    if mode != "live":
        return
    if client_secret in {"", _SANDBOX_SECRET}:
        raise ImproperlyConfigured("BAMBOO_CLIENT_SECRET is not set, or is the sandbox's, but BAMBOO_MODE is live")
    for name, value in (
        ("BAMBOO_NOTIFICATION_SECRET", notification_secret),
        *(("BAMBOO_WEBHOOK_SECRET", secret) for secret in webhook_secrets),
    ):
        if value:
            _refuse_weak(name, value)


def refuse_wrong_seal_keys(*, is_on: bool, key: str, public_keys: str) -> None:
    """Stop a process whose seals nobody could make or check; without sealing a missing key is no fault.

    Raises:
        ImproperlyConfigured: names the variable and what is wrong with it, never its value.

    """
    if is_on and not key:
        raise ImproperlyConfigured("LEDGER_SEAL_KEY is not set, but LEDGER_SEAL_DIR is; see .env.example")
    for name, parse, value in (
        ("LEDGER_SEAL_KEY", SigningKey.parse, key),
        ("LEDGER_SEAL_PUBLIC_KEYS", parse_public_keys, public_keys),
    ):
        try:
            if value:
                parse(value)
        except SigningKeyError as error:
            raise ImproperlyConfigured(f"{name}: {error}") from error


def _refuse_weak(name: str, value: str) -> None:
    if not value:
        raise ImproperlyConfigured(f"{name} is not set; see .env.example")
    if len(value) < _SHORTEST_SECRET or len(set(value)) < _FEWEST_CHARACTERS:
        raise ImproperlyConfigured(f"{name} is too short or too regular: use 32 random characters or more")
    if any(word in value.lower() for word in _WEAK_WORDS):
        raise ImproperlyConfigured(f"{name} is a default or an example value")


def _refuse_open_url(name: str, url: str, *, tls: Any) -> None:
    parts = urlsplit(url)
    if parts.username == "guest":
        raise ImproperlyConfigured(f"{name} uses the default user guest")
    if parts.hostname not in _LOCAL_HOSTS and not tls(url):
        raise ImproperlyConfigured(f"{name} points to another host without verified TLS")


def _sslmode(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("sslmode", [""])[0]
