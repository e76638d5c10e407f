"""Cursor pages: `{"next", "previous", "results"}`, the same for every list of the API.

A cursor is a position, not a page number, so rows that are added meanwhile neither repeat nor hide others.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, models
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from steller.errors import InvalidRequestError

LARGEST_PAGE = 200
PAGE_PARAMETERS = [
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1},
        description=f"How many results, 50 if left out; {LARGEST_PAGE} are given at most.",
    ),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="Taken from `next` or `previous`."),
]


class _CursorPages(CursorPagination):
    page_size = 50
    max_page_size = LARGEST_PAGE
    page_size_query_param = "page_size"

    def __init__(self, ordering: Sequence[str]) -> None:
        self.ordering = tuple(ordering)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, DjangoValidationError, DataError) as error:
            if self.cursor_query_param not in request.query_params:
                raise
            # A cursor that was made up: its position is no date or number.
            raise _wrong_cursor() from error

    def get_page_size(self, request: Request) -> int | None:
        text = request.query_params.get("page_size", str(self.page_size))
        if not (text.isascii() and text.isdecimal() and int(text)):
            raise InvalidRequestError("The page's size is wrong.", errors={"page_size": ["A number of at least 1."]})
        return min(int(text), LARGEST_PAGE)

    def decode_cursor(self, request: Request) -> Any:
        try:
            return super().decode_cursor(request)
        except Exception as error:
            raise _wrong_cursor() from error


def _wrong_cursor() -> InvalidRequestError:
    return InvalidRequestError("The cursor is not one of ours.", errors={"cursor": ["Not one of ours."]})


def page[M: models.Model](
    rows: models.QuerySet[M], request: Request, *, ordering: Sequence[str], body: Callable[[M], object]
) -> Response:
    """Answer the page of `rows` that the request asks for, each row as `body` writes it.

    Raises:
        InvalidRequestError: the cursor was not made by us, or the size of the page is no number.

    """
    pages = _CursorPages(ordering)
    found = pages.paginate_queryset(rows, request) or []
    return pages.get_paginated_response([body(row) for row in found])


@cache
def page_of(item: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Describe a page of `item` for the API's description."""
    return inline_serializer(
        name=f"{item.__name__}Page",
        fields={
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": item(many=True),
        },
    )
