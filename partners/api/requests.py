"""`GET /api/request-log`: what a partner's programs asked of the API, and how it was answered."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import queries
from partners.authentication import caller
from partners.models import RequestNote
from partners.queries import Scope
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS


class RequestFilters(serializers.Serializer[Any]):
    """Which requests to list."""

    method = serializers.ChoiceField(choices=["DELETE", "GET", "PATCH", "POST", "PUT"], required=False)
    path = serializers.CharField(required=False, max_length=200, help_text="The beginning of it, such as /api/order.")
    status = serializers.IntegerField(required=False, min_value=100, max_value=599)
    failed = serializers.BooleanField(required=False, default=False, help_text="Only those answered with 400 or more.")
    actor = serializers.CharField(required=False, max_length=64, help_text="Such as key:7.")
    reference_id = serializers.CharField(required=False, max_length=40)
    after = serializers.DateTimeField(required=False)
    before = serializers.DateTimeField(required=False)


class LoggedRequest(serializers.Serializer[Any]):
    """A request and its outcome; bodies are not kept."""

    at = serializers.DateTimeField(help_text="When it was answered.")
    method = serializers.CharField()
    path = serializers.CharField()
    status = serializers.IntegerField()
    duration_ms = serializers.IntegerField()
    actor = serializers.CharField(help_text="The key or user that asked: `key:7` or `user:12`.")
    reference_id = serializers.CharField(help_text="The answer's `X-Reference-Id`.")


class RequestLogView(APIView):
    """`/api/request-log`."""

    @extend_schema(
        operation_id="request_log",
        tags=["partner"],
        parameters=[RequestFilters, *PAGE_PARAMETERS],
        responses={200: page_of(LoggedRequest), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List your requests of the last 30 days, the latest first; they appear after some seconds."""
        who = caller(request)
        who.require(Scope.EVENT_READ)
        filters = fields_of(RequestFilters, request.query_params)
        found = queries.requests_of(partner_id=who.partner_id, mode=who.mode, filters=filters)
        return page(found, request, ordering=("-id",), body=_body)


def _body(note: RequestNote) -> dict[str, Any]:
    return {
        "at": note.at,
        "method": note.method,
        "path": note.path,
        "status": note.status,
        "duration_ms": note.duration_ms,
        "actor": note.actor,
        "reference_id": note.reference_id,
    }
