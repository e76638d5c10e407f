"""Reading the JSON body of an API request, within bounds.

The framework's own parser reads a body of any size, takes any charset, and a deeply nested body exhausts the
interpreter's stack; here all three are refused.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant


class BodyTooLargeError(APIException):
    """The body has more bytes than `DATA_UPLOAD_MAX_MEMORY_SIZE`: send less at once."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."


class BoundedJsonParser(JSONParser):
    """JSON in UTF-8, of a limited size and depth."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - the framework's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        """Parse the body.

        Raises:
            BodyTooLargeError: it has too many bytes.
            ParseError: it is no JSON, or nested too deeply.

        """
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        body = stream.read(most + 1)
        if len(body) > most:
            raise BodyTooLargeError
        try:
            return json.loads(body.decode(), parse_constant=strict_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not JSON in UTF-8, or nested too deeply.") from error
