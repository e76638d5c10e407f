"""Every error of the HTTP API as `application/problem+json` (RFC 9457).

A refusal that a service raised keeps its published code. Whatever nobody foresaw becomes a 500 that names
nothing but its reference id, under which the log has the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from steller import errors
from steller.errors import DomainError

CONTENT_TYPE = "application/problem+json"
_LOCK_NOT_AVAILABLE = "55P03"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_log = structlog.get_logger(__name__)


class Problem(serializers.Serializer[Any]):
    """What every error answers, for the API's description."""

    type = serializers.CharField(
        help_text="A name for this kind of error: urn:steller:error:<code>. `/api/errors` explains each."
    )
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What to change, for a person to read.")
    instance = serializers.CharField(help_text="The path that was asked for.")
    code = serializers.CharField(help_text="The error's stable name: branch on this.")
    retryable = serializers.BooleanField(help_text="Whether the same request may succeed later.")
    money = serializers.ChoiceField(
        choices=["none", "held", "captured", "released"],
        allow_null=True,
        help_text="What happened to the money; null when only a repeat of the same request can tell.",
    )
    reference_id = serializers.CharField(help_text="Name this to our support.")
    item = serializers.IntegerField(required=False, help_text="The index of the order line at fault.")
    errors = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="What is wrong, by path in the request."
    )


PROBLEMS: Mapping[Any, OpenApiResponse] = {
    ("4XX", CONTENT_TYPE): OpenApiResponse(Problem, "The request was refused; `code` says why."),
    ("5XX", CONTENT_TYPE): OpenApiResponse(Problem, "We could not answer; repeat the same request later."),
}


@dataclass(frozen=True, slots=True)
class _Answer:
    code: str
    status: int
    title: str
    detail: str
    retryable: bool = False
    money: str | None = "none"
    retry_after: int | None = None
    extra: Mapping[str, object] | None = None


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer an exception of an API view; named in the settings of the REST framework."""
    request = context["request"]
    answer = _answer(error, outcome_is_open=_reached_the_view(request) and request.method not in _SAFE_METHODS)
    return Response(
        _body(answer, request),
        status=answer.status,
        headers=_headers(answer, error),
        content_type=CONTENT_TYPE,
    )


@csrf_exempt
def unknown_address(request: HttpRequest, **_kwargs: object) -> HttpResponse:
    """Answer an address below `/api/` that does not exist."""
    return _plain(_of_domain(errors.NotFoundError("There is nothing at this address.")), request)


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a refusal that was raised outside of the API's views."""
    answer = _of_domain(error)
    response = _plain(answer, request)
    for name, value in _headers(answer, error).items():
        response.headers[name] = value
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 as a page, or as a problem below `/api/`."""
    if request.path.startswith("/api/"):
        return unknown_address(request)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 as a page, or as a problem below `/api/`."""
    if request.path.startswith("/api/"):
        return _plain(_UNFORESEEN, request)
    return defaults.server_error(request)


_UNFORESEEN = _Answer(
    code="internal_error",
    status=500,
    title="Something went wrong on our side",
    detail="Repeat the same request, or tell our support its reference id.",
    retryable=True,
    money=None,
)


def _plain(answer: _Answer, request: HttpRequest) -> HttpResponse:
    return JsonResponse(_body(answer, request), status=answer.status, content_type=CONTENT_TYPE)


def _reached_the_view(request: Any) -> bool:
    # The REST framework notes who was recognised before it calls the view; nothing is stored before that.
    return getattr(request, "_authenticator", None) is not None


def _answer(error: Exception, *, outcome_is_open: bool) -> _Answer:
    match error:
        case DomainError():
            return _of_domain(error)
        case exceptions.APIException():
            return _of_framework(error)
        case Http404() | PermissionDenied() | SuspiciousOperation():
            return _of_django(error)
        case OperationalError() | InterfaceError():
            return _of_database(error, outcome_is_open=outcome_is_open)
        case _:
            _log.exception("unforeseen_error", exc_info=error)
            return _UNFORESEEN


def _of_django(error: Http404 | PermissionDenied | SuspiciousOperation) -> _Answer:
    match error:
        case Http404():
            return _of_domain(errors.NotFoundError("There is no such thing."))
        case PermissionDenied():
            return _of_domain(errors.PermissionDeniedError("You may not do this."))
        case RequestDataTooBig():
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return _Answer("invalid_request", status, status.phrase, "The body is too large.")
        case _:
            return _of_domain(errors.InvalidRequestError("The request cannot be read."))


def _of_domain(error: DomainError) -> _Answer:
    extra = dict(error.extra) if error.item is None else {"item": error.item, **error.extra}
    return _Answer(
        code=error.code,
        status=error.status,
        title=error.title,
        detail=error.detail,
        retryable=error.retryable,
        money=error.money,
        retry_after=error.retry_after,
        extra=extra,
    )


def _of_framework(error: exceptions.APIException) -> _Answer:
    match error:
        case exceptions.ValidationError():
            wrong = _by_path(error.detail)
            return _of_domain(errors.InvalidRequestError("Some fields are wrong; see `errors`.", errors=wrong))
        case exceptions.Throttled():
            wait = ceil(getattr(error, "wait", None) or 1)
            return _of_domain(errors.RateLimitedError(f"Wait {wait} seconds.", retry_after=wait))
        case _ if kind := _SAME_KIND.get(error.status_code):
            return _of_domain(kind(_text(error)))
        case _:
            title = HTTPStatus(error.status_code).phrase
            return _Answer("invalid_request", error.status_code, title, _text(error))


_SAME_KIND: Mapping[int, type[DomainError]] = {
    401: errors.AuthenticationFailedError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
}


def _text(error: exceptions.APIException) -> str:
    detail = error.detail
    return str(detail.get("detail", "")) if isinstance(detail, dict) else str(detail)


def _by_path(detail: object, path: str = "") -> dict[str, list[str]]:
    match detail:
        case Mapping():
            pairs = [(str(key), inner) for key, inner in detail.items()]
        case list() if any(isinstance(inner, Mapping | list) for inner in detail):
            pairs = [(str(index), inner) for index, inner in enumerate(detail)]
        case list():
            return {path or "body": [str(text) for text in detail]}
        case _:
            return {path or "body": [str(detail)]}
    found: dict[str, list[str]] = {}
    for key, inner in pairs:
        found |= _by_path(inner, f"{path}.{key}" if path else key)
    return found


def _of_database(error: Exception, *, outcome_is_open: bool) -> _Answer:
    state = getattr(error.__cause__, "sqlstate", None)
    if state == _LOCK_NOT_AVAILABLE:
        return _of_domain(errors.RequestInProgressError("Repeat the same request in a moment.", retry_after=1))
    _log.warning("database_away", error_code=state, exc_info=error)
    answer = _of_domain(errors.UnavailableError("Repeat the same request in a moment.", retry_after=2))
    if state is None and outcome_is_open:
        # The connection was lost, perhaps during the commit: only the same request again can tell.
        return _Answer(
            answer.code, answer.status, answer.title, answer.detail, retryable=True, money=None, retry_after=2
        )
    return answer


def _body(answer: _Answer, request: Any) -> dict[str, object]:
    return {
        "type": f"urn:steller:error:{answer.code}",
        "title": answer.title,
        "status": answer.status,
        "detail": answer.detail,
        "instance": request.path,
        "code": answer.code,
        "retryable": answer.retryable,
        "money": answer.money,
        "reference_id": getattr(request, "reference_id", ""),
        **(answer.extra or {}),
    }


def _headers(answer: _Answer, error: Exception) -> dict[str, str]:
    headers: dict[str, str] = {}
    if answer.retry_after is not None:
        headers["Retry-After"] = str(answer.retry_after)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'ApiKey realm="steller", Bearer realm="steller"'
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(getattr(error, "allowed_methods", ()))
    return headers
