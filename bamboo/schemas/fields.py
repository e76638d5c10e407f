"""Reads single fields out of decoded JSON as the type that the caller expects."""

import re
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation


class UnreadableAnswer(ValueError):
    """An answer does not have the shape that the contract promises; the message names the field, never its value."""


class Fields:
    """The fields of one JSON object, by lower-case name.

    `optional_…` gives None for a field that is missing, null or empty; the others raise `UnreadableAnswer` then.
    `readable_…` gives None for whatever cannot be read too: for fields that nothing hangs on.
    """

    def __init__(self, raw: object) -> None:
        """Take a decoded JSON object, or raise `UnreadableAnswer`."""
        if not isinstance(raw, dict):
            raise UnreadableAnswer("an object was expected")
        self._by_name: dict[str, object] = {str(key).lower(): value for key, value in raw.items()}

    def get(self, name: str) -> object:
        """Return the field as it came, None when it is missing."""
        return self._by_name.get(name)

    def optional_text(self, name: str) -> str | None:
        """Return the text as it came, leading zeros included; a number becomes text."""
        value = self._by_name.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise UnreadableAnswer(name)
        return str(value)

    def text(self, name: str) -> str:
        """Return a text that must be there."""
        return _required(self.optional_text(name), name)

    def optional_number(self, name: str) -> Decimal | None:
        """Return a number, exactly as it was written."""
        value = self.optional_text(name)
        return None if value is None else _number(value, name)

    def number(self, name: str) -> Decimal:
        """Return a number that must be there."""
        return _required(self.optional_number(name), name)

    def optional_whole(self, name: str) -> int | None:
        """Return a whole number; `3.0` is one."""
        number = self.optional_number(name)
        if number is None:
            return None
        if number != number.to_integral_value() or abs(number) > _LARGEST_WHOLE:
            raise UnreadableAnswer(name)
        return int(number)

    def whole(self, name: str) -> int:
        """Return a whole number that must be there."""
        return _required(self.optional_whole(name), name)

    def readable_text(self, name: str) -> str | None:
        """Return the text if there is one."""
        return _if_readable(self.optional_text, name)

    def readable_number(self, name: str) -> Decimal | None:
        """Return the number if there is one."""
        return _if_readable(self.optional_number, name)

    def readable_whole(self, name: str) -> int | None:
        """Return the whole number if there is one."""
        return _if_readable(self.optional_whole, name)

    def optional_flag(self, name: str) -> bool | None:
        """Return a yes or no; text is accepted."""
        return None if self._by_name.get(name) in (None, "") else self.flag(name, default=False)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or no; text is accepted."""
        value = self._by_name.get(name)
        if value is None or value == "":
            return default
        flag = _FLAGS.get(str(value).strip().lower())
        if flag is None:
            raise UnreadableAnswer(name)
        return flag

    def items(self, name: str) -> list[object]:
        """Return a list; a missing or null one is empty."""
        return [] if self._by_name.get(name) is None else self.required_items(name)

    def required_items(self, name: str) -> list[object]:
        """Return a list that must be there."""
        value = self._by_name.get(name)
        if not isinstance(value, list):
            raise UnreadableAnswer(name)
        return value


def _if_readable[Value](read: Callable[[str], Value | None], name: str) -> Value | None:
    try:
        return read(name)
    except UnreadableAnswer:
        return None


def readable[Row](rows: Sequence[object], read: Callable[[object], Row]) -> tuple[Row, ...]:
    """Read each row that can be read; one broken row does not stop the others."""
    found: list[Row] = []
    for row in rows:
        try:
            found.append(read(row))
        except UnreadableAnswer:
            continue
    return tuple(found)


_LARGEST_WHOLE = 2**63 - 1
# No id and no amount of ours is larger.
_LARGEST_NUMBER = Decimal(10) ** 19
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def _required[Value](value: Value | None, name: str) -> Value:
    if value is None:
        raise UnreadableAnswer(name)
    return value


def _number(text: str, name: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise UnreadableAnswer(name) from None
    # Compared, never computed with: arithmetic raises an error of its own for an exponent that is out of all bounds.
    if not number.is_finite() or not -_LARGEST_NUMBER < number < _LARGEST_NUMBER:
        raise UnreadableAnswer(name)
    return number


def request_id_from(raw: object) -> uuid.UUID | None:
    """Return the RequestId in a text, with or without braces or quotes; None when there is none, or only zeros."""
    if not isinstance(raw, str):
        return None
    try:
        found = uuid.UUID(raw.strip().strip("{}\"'"))
    except ValueError:
        return None
    return found if found.int else None


_TOO_FINE = re.compile(r"(\.\d{6})\d+")


def timestamp(text: str | None) -> datetime | None:
    """Read a time of the supplier, which has up to 7 decimals and no zone: UTC is assumed.

    The .NET "no date" of the year 1 and everything unreadable are None.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(_TOO_FINE.sub(r"\1", text.strip()))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year > 1 else None
