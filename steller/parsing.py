"""Reading the JSON body of an API request, within bounds.

The framework's own parser reads a body of any size, and a deeply nested one exhausts the interpreter's stack;
both are refused here.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


class BodyTooLargeError(APIException):
    """The body has more bytes than `DATA_UPLOAD_MAX_MEMORY_SIZE`: send less at once."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."


class BoundedJsonParser(JSONParser):
    """JSON of a limited size and depth."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Parse the body.

        Raises:
            BodyTooLargeError: it has too many bytes.
            ParseError: it is no JSON, or nested too deeply.

        """
        length = parser_context["request"].META.get("CONTENT_LENGTH") if parser_context else None
        if int(length or 0) > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
            raise BodyTooLargeError
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
