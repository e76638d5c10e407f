"""The mail server, as Django wants it described."""

from collections.abc import Mapping
from typing import Any

# A server that takes longer is tried again later.
_SECONDS = 15
_OPTIONS = {
    "EMAIL_HOST": "host",
    "EMAIL_PORT": "port",
    "EMAIL_HOST_USER": "username",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_USE_TLS": "use_tls",
    "EMAIL_USE_SSL": "use_ssl",
}


def mailer(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a parsed `EMAIL_URL` into an entry of Django's MAILERS."""
    options = {option: parsed[name] for name, option in _OPTIONS.items() if parsed.get(name)}
    if options.get("host"):
        options["timeout"] = _SECONDS
    return {"BACKEND": parsed["EMAIL_BACKEND"], "OPTIONS": options}
