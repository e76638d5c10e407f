"""Reading what an API request brings: its JSON body, and the fields of a body or of a query.

The framework's own parser takes any charset, and a deeply nested body exhausts the interpreter's stack; here
both are refused. The size is bounded by `DATA_UPLOAD_MAX_MEMORY_SIZE` before a parser is asked.
"""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant


class StrictJsonParser(JSONParser):
    """JSON in UTF-8, of a limited depth, without NaN and Infinity."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - the framework's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - the framework's signature
    ) -> Any:
        """Parse the body.

        Raises:
            ParseError: it is no such JSON.

        """
        try:
            return json.loads(stream.read().decode(), parse_constant=strict_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not JSON in UTF-8, or nested too deeply.") from error


def fields_of(shape: type[serializers.Serializer[Any]], data: object) -> dict[str, Any]:
    """Read a body, or the filters of a list, by its shape.

    Raises:
        ValidationError: it has another one; every wrong field is named, by its path.

    """
    form = shape(data=data)
    form.is_valid(raise_exception=True)
    fields: dict[str, Any] = form.validated_data
    return fields
