"""Where the supplier is, which of its worlds we buy in, and which of its accounts pays."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from steller.configuration.values import parse_currency

_PUBLIC_URL = "https://api.bamboocardportal.com"
_MODES = ("sandbox", "live")


def parse_supplier_url(text: str) -> str:
    """Read the supplier's address, without `/api/…`; empty is its public one.

    Raises:
        ImproperlyConfigured: it is no address of a web server.

    """
    url = text.strip().rstrip("/") or _PUBLIC_URL
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured(f"BAMBOO_BASE_URL: {text!r} is not an address such as {_PUBLIC_URL}")
    return url


def parse_mode(text: str) -> str:
    """Read `sandbox` or `live`; empty is the one that costs nothing.

    Raises:
        ImproperlyConfigured: it is neither, and a word that nobody knows must not decide where money goes.

    """
    mode = text.strip().lower() or _MODES[0]
    if mode not in _MODES:
        raise ImproperlyConfigured(f"BAMBOO_MODE: {text!r} is neither {' nor '.join(_MODES)}")
    return mode


def parse_accounts(text: str) -> Mapping[str, int]:
    """Read `USD=9001,EUR=9002`: the supplier's account to use for each currency.

    Raises:
        ImproperlyConfigured: a part is not CURRENCY=number, or a currency comes twice.

    """
    accounts: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, number = part.partition("=")
        currency = parse_currency("BAMBOO_ACCOUNT_IDS", name)
        if not number.strip().isdecimal():
            raise ImproperlyConfigured(f"BAMBOO_ACCOUNT_IDS: {part!r} is not CURRENCY=number")
        if currency in accounts:
            raise ImproperlyConfigured(f"BAMBOO_ACCOUNT_IDS names {currency} twice")
        accounts[currency] = int(number)
    return accounts
