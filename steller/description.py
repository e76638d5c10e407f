"""How the description of the API is made from the code, where drf-spectacular says less than the serializers do.

A client that is generated from the description sends only what it allows, so what a body must not be is said there too.
"""

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from steller.examples import EXAMPLES, Example

_MAYBE_NO_DIGITS = re.compile(r"\\d\{0,(\d+)\}")
_JSON = "application/json"
_TEXTS = ("string", ["string", "null"])


class Description(AutoSchema):
    """Says of bodies that texts are not empty and that amounts have digits."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Describe an operation; an empty parameter is none, so parameters may be empty."""
        operation = super().get_operation(*args, **kwargs) or {}
        for parameter in operation.get("parameters", ()):
            parameter["schema"].pop("minLength", None)
        if example := EXAMPLES.get(operation.get("operationId", "")):
            _illustrate(operation, example)
        return operation or None

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:  # noqa: FBT001, FBT002
        meta = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if isinstance(field, serializers.DecimalField) and "pattern" in meta:
            return {**meta, "pattern": _amount_pattern(meta["pattern"], field.min_value)}
        if meta.get("default") == "" and "format" in meta:
            # An empty text is none of its format: what is left out is empty all the same.
            del meta["default"]
        if direction == "request" and _must_not_be_blank(field) and meta.get("type") in _TEXTS:
            return {"minLength": 1, **meta}
        return meta


def _illustrate(operation: dict[str, Any], example: Example) -> None:
    if example.request is not None:
        operation["requestBody"]["content"][_JSON]["examples"] = {"usual": {"value": example.request}}
    for status, answer in operation["responses"].items():
        if status.startswith("2") and _JSON in answer.get("content", {}):
            answer["content"][_JSON]["examples"] = {"usual": {"value": example.answer}}


def _amount_pattern(pattern: str, least: Any) -> str:
    pattern = _MAYBE_NO_DIGITS.sub(r"\\d{1,\1}", pattern)
    if least is None or least < 0:
        return pattern
    return pattern.replace("^-?", "^(?=.*[1-9])" if least > 0 else "^")


def _must_not_be_blank(field: Any) -> bool:
    return isinstance(field, serializers.CharField) and not field.allow_blank
