"""What a process in production refuses to start with: secrets that are missing, known or weak, open connections."""

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from steller.encryption import KeyRing, KeyRingError
from steller.signatures import SigningKey, SigningKeyError, parse_public_keys

_SHORTEST_SECRET = 32
_FEWEST_CHARACTERS = 8
_LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1"}
_SANDBOX_SECRET = "sandbox-secret"  # noqa: S105 - the imitation supplier's, public
_WEAK_WORDS = ("change-me", "changeme", "secret-key", "django-insecure", "password", "example")


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


def _refuse_open_url(name: str, url: str, *, tls: Callable[[str], bool]) -> None:
    parts = urlsplit(url)
    if parts.username == "guest":
        raise ImproperlyConfigured(f"{name} uses the default user guest")
    if any(not _is_local(host) for host in _hosts(url)) and not tls(url):
        raise ImproperlyConfigured(f"{name} points to another host without verified TLS")


def _hosts(url: str) -> list[str]:
    """Give all hosts that a driver may turn to: libpq takes some behind the question mark, and several at once."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    named = [unquote(parts.hostname or ""), *query.get("host", []), *query.get("hostaddr", [])]
    return [host for names in named for host in names.split(",")]


def _is_local(host: str) -> bool:
    return host in _LOCAL_HOSTS or host.startswith("/")


def _sslmode(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("sslmode", [""])[0]
