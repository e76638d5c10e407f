"""The addresses below `/api/webhook`: endpoints, their secrets, tests, delivery logs and replays."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import queries
from partners import services as partners
from partners.authentication import Caller, caller
from partners.models import EventKind, WebhookDelivery, WebhookEndpoint
from partners.queries import Scope
from partners.services import EndpointChange, NewEndpoint
from steller.outbound import LONGEST_URL
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.problems import PROBLEMS

_LARGEST_NUMBER = 2**63 - 1
_NO_STORE = {"Cache-Control": "no-store"}
_NEWEST_FIRST = ("-created_at", "-id")


class WebhookRequest(serializers.Serializer[Any]):
    """Where to send, and what."""

    url = serializers.CharField(max_length=LONGEST_URL, help_text="https; public addresses only.")
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    events = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=len(EventKind),
        help_text="The types that are sent; none chosen means all.",
    )


class WebhookChangeRequest(WebhookRequest):
    """What to change; what is left out stays."""

    url = serializers.CharField(max_length=LONGEST_URL, required=False)
    status = serializers.ChoiceField(
        choices=WebhookEndpoint.Status.choices, required=False, help_text="`active` also tries at once what waits."
    )


class WebhookBody(serializers.Serializer[Any]):
    """An endpoint, and how far it has got."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    description = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(choices=WebhookEndpoint.Status.choices)
    paused_by = serializers.ChoiceField(choices=WebhookEndpoint.PausedBy.choices, allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    last_delivered = serializers.IntegerField(help_text="The number of the last event that was taken or passed over.")
    last_success_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField(help_text="Tries of the next event that failed in a row.")
    failing_since = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    previous_secret_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class WebhookWithSecret(WebhookBody):
    """An endpoint with its new secret, which is shown this once."""

    secret = serializers.CharField(help_text="`whsec_…`: store it; we show it once.")


class RotateRequest(serializers.Serializer[Any]):
    """How long the old secret signs as well."""

    overlap_hours = serializers.IntegerField(min_value=0, max_value=168, default=24)


class ReplayRequest(serializers.Serializer[Any]):
    """Which events to send once more: a range of numbers, or ids."""

    after = serializers.IntegerField(min_value=0, max_value=_LARGEST_NUMBER, required=False)
    until = serializers.IntegerField(min_value=1, max_value=_LARGEST_NUMBER, required=False)
    ids = serializers.ListField(child=serializers.UUIDField(), required=False, allow_empty=False, max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want one of the two forms."""
        if ("ids" in attrs) == ("after" in attrs) or ("until" in attrs and "after" not in attrs):
            raise serializers.ValidationError("Give `ids`, or `after` with or without `until`.")
        return attrs


class ReplayBody(serializers.Serializer[Any]):
    """A replay that was taken on: numbers greater than `after`, up to `until`."""

    id = serializers.IntegerField()
    after = serializers.IntegerField()
    until = serializers.IntegerField()


class TestSendBody(serializers.Serializer[Any]):
    """The id under which the test appears in the delivery log."""

    webhook_id = serializers.CharField()


class DeliveryBody(serializers.Serializer[Any]):
    """One try to send one event."""

    id = serializers.IntegerField()
    webhook_id = serializers.CharField(help_text="The header `webhook-id` of this sending.")
    event_id = serializers.UUIDField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    type = serializers.CharField()
    attempt = serializers.IntegerField()
    is_replay = serializers.BooleanField()
    succeeded = serializers.BooleanField()
    status_code = serializers.IntegerField(allow_null=True)
    duration_ms = serializers.IntegerField()
    error = serializers.CharField()
    answer = serializers.CharField(help_text="The beginning of an answer that was no success.")
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class EndpointsView(APIView):
    """`/api/webhook`."""

    @extend_schema(
        operation_id="webhook_list",
        tags=["webhook"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(WebhookBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List webhook endpoints, the newest first."""
        who = _manager(request)
        endpoints = queries.endpoints_of(partner_id=who.partner_id, mode=who.mode)
        return page(endpoints, request, ordering=_NEWEST_FIRST, body=_body)

    @extend_schema(
        operation_id="webhook_create",
        tags=["webhook"],
        request=WebhookRequest,
        responses={201: WebhookWithSecret, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Add an endpoint; it gets what happens from now on."""
        who = _manager(request)
        fields = _valid(WebhookRequest, request)
        new = partners.create_endpoint(
            partner_id=who.partner_id,
            mode=who.mode,
            url=fields["url"],
            description=fields.get("description", ""),
            kinds=fields.get("events", ()),
            actor=who.actor,
        )
        return Response(_with_secret(new), status=201, headers=_NO_STORE)


class EndpointView(APIView):
    """`/api/webhook/{id}`."""

    @extend_schema(operation_id="webhook_read", tags=["webhook"], responses={200: WebhookBody, **PROBLEMS})
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """Read an endpoint."""
        return Response(_body(_endpoint(endpoint_id, _manager(request))))

    @extend_schema(
        operation_id="webhook_change",
        tags=["webhook"],
        request=WebhookChangeRequest,
        responses={200: WebhookBody, **PROBLEMS},
    )
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Change an endpoint, pause it, or have it go on."""
        who = _manager(request)
        fields = _valid(WebhookChangeRequest, request)
        status = fields.get("status")
        changed = partners.change_endpoint(
            endpoint_id=endpoint_id,
            partner_id=who.partner_id,
            mode=who.mode,
            change=EndpointChange(
                url=fields.get("url"),
                description=fields.get("description"),
                kinds=fields.get("events"),
                paused=None if status is None else status == WebhookEndpoint.Status.PAUSED,
            ),
            actor=who.actor,
        )
        return Response(_body(changed))

    @extend_schema(operation_id="webhook_delete", tags=["webhook"], responses={204: None, **PROBLEMS})
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        """Remove an endpoint; what waits for it is not sent."""
        who = _manager(request)
        partners.delete_endpoint(endpoint_id=endpoint_id, partner_id=who.partner_id, mode=who.mode, actor=who.actor)
        return Response(status=204)


class RotateView(APIView):
    """`POST /api/webhook/{id}/rotate`."""

    @extend_schema(
        operation_id="webhook_rotate",
        tags=["webhook"],
        request=RotateRequest,
        responses={200: WebhookWithSecret, **PROBLEMS},
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Get a new secret; for a while messages bear the signatures of both."""
        who = _manager(request)
        new = partners.rotate_secret(
            endpoint_id=endpoint_id,
            partner_id=who.partner_id,
            mode=who.mode,
            overlap=timedelta(hours=_valid(RotateRequest, request)["overlap_hours"]),
            actor=who.actor,
        )
        return Response(_with_secret(new), headers=_NO_STORE)


class TestSendView(APIView):
    """`POST /api/webhook/{id}/test`."""

    @extend_schema(
        operation_id="webhook_test", tags=["webhook"], request=None, responses={202: TestSendBody, **PROBLEMS}
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Have a message of type `webhook.test` sent; the delivery log tells what came of it."""
        who = _manager(request)
        test_id = partners.request_test(
            endpoint_id=endpoint_id, partner_id=who.partner_id, mode=who.mode, actor=who.actor
        )
        return Response({"webhook_id": f"test_{test_id}"}, status=202)


class ReplayView(APIView):
    """`POST /api/webhook/{id}/replay`."""

    @extend_schema(
        operation_id="webhook_replay",
        tags=["webhook"],
        request=ReplayRequest,
        responses={202: ReplayBody, **PROBLEMS},
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Have events sent once more, in order and with the ids they had."""
        who = _manager(request)
        fields = _valid(ReplayRequest, request)
        made = partners.replay(
            endpoint_id=endpoint_id,
            partner_id=who.partner_id,
            mode=who.mode,
            after=fields.get("after", 0),
            until=fields.get("until"),
            event_ids=fields.get("ids", ()),
            actor=who.actor,
        )
        return Response({"id": made.pk, "after": made.after, "until": made.until}, status=202)


class DeliveriesView(APIView):
    """`GET /api/webhook/{id}/delivery`."""

    @extend_schema(
        operation_id="webhook_deliveries",
        tags=["webhook"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(DeliveryBody), **PROBLEMS},
    )
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """List the tries to send to an endpoint, the latest first; they are kept for 30 days."""
        endpoint = _endpoint(endpoint_id, _manager(request))
        return page(queries.deliveries_of(endpoint), request, ordering=["-id"], body=_delivery)


def _manager(request: Request) -> Caller:
    who = caller(request)
    who.require(Scope.WEBHOOK_WRITE)
    return who


def _endpoint(endpoint_id: UUID, who: Caller) -> WebhookEndpoint:
    return queries.endpoint_of(endpoint_id, partner_id=who.partner_id, mode=who.mode)


def _valid(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = shape(data=request.data)
    form.is_valid(raise_exception=True)
    fields: dict[str, Any] = form.validated_data
    return fields


def _body(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": str(endpoint.pk),
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.kinds,
        "status": endpoint.status,
        "paused_by": endpoint.paused_by or None,
        "paused_at": endpoint.paused_at,
        "last_delivered": endpoint.last_delivered,
        "last_success_at": endpoint.last_success_at,
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since,
        "next_attempt_at": endpoint.retry_at,
        "previous_secret_until": endpoint.previous_secret_until,
        "created_at": endpoint.created_at,
    }


def _with_secret(new: NewEndpoint) -> dict[str, Any]:
    return {**_body(new.endpoint), "secret": new.secret}


def _delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.pk,
        "webhook_id": delivery.message_id,
        "event_id": str(delivery.event.public_id) if delivery.event else None,
        "number": delivery.number,
        "type": delivery.kind,
        "attempt": delivery.attempt,
        "is_replay": delivery.is_replay,
        "succeeded": delivery.succeeded,
        "status_code": delivery.status_code,
        "duration_ms": delivery.duration_ms,
        "error": delivery.error,
        "answer": delivery.answer,
        "next_attempt_at": delivery.next_attempt_at,
        "created_at": delivery.created_at,
    }
