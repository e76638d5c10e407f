"""Answers that need no work when nothing changed: an ETag made of what an answer depends on, not of the answer.

The stamp comes from the app that owns the data. A rendered answer is kept under its ETag for a minute, so nothing has
to be thrown away when the data changes: its stamp then leads elsewhere.
"""

import hashlib
import zlib
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

KEPT_SECONDS = 60
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `ETag` of the answer that you have: 304 without a body if it still stands.",
)
NOT_MODIFIED = OpenApiResponse(description="What you have still stands.")


def conditional(request: Request, render: Callable[[], Response], *, caller: str, stamp: str) -> HttpResponseBase:
    """Answer 304 when the caller has the answer already; else what was kept under the stamp, or a fresh one.

    `caller` is whoever else would get another answer to the same question; `stamp` all that the answer depends on.
    """
    about = f"{request.build_absolute_uri()}\n{caller}\n{stamp}"
    digest = hashlib.sha256(about.encode()).hexdigest()[:32]
    headers = {"ETag": quote_etag(digest), "Cache-Control": "private, no-cache"}
    unchanged = get_conditional_response(request._request, etag=headers["ETag"])  # noqa: SLF001 - Django's own request
    if unchanged is not None:
        for name, value in headers.items():
            unchanged[name] = value
        return unchanged
    kept: bytes | None = cache.get(f"answer:{digest}")
    body = JSONRenderer().render(render().data) if kept is None else zlib.decompress(kept)
    if kept is None:
        cache.set(f"answer:{digest}", zlib.compress(body, 1), KEPT_SECONDS)
    return HttpResponse(body, content_type="application/json", headers=headers)
