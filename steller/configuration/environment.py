"""Reads the environment, and names the variable when its value is none."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_NUMBERS = (int, float)


class Environment(environ.Env):  # type: ignore[misc] # the package has no types
    """Numbers that are left empty have their defaults, and what is no number is refused by the variable's name."""

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **more: Any) -> Any:
        """Read a variable.

        Raises:
            ImproperlyConfigured: it is no number and has to be one.

        """
        if cast not in _NUMBERS:
            return super().get_value(var, cast=cast, default=default, **more)
        text = self.ENVIRON.get(var, "").strip()
        if not text:
            return default
        try:
            return cast(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var}: {text!r} is not a number") from error
