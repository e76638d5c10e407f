"""The addresses below `/api/webhook`: endpoints, their secrets, tests, delivery logs and replays."""

from datetime import timedelta
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import queries
from partners import services as partners
from partners.api import webhook_shapes as shapes
from partners.authentication import Caller, caller
from partners.models import WebhookEndpoint
from partners.queries import Scope
from partners.services import EndpointChange
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS

_NO_STORE = {"Cache-Control": "no-store"}
_NEWEST_FIRST = ("-created_at", "-id")


class EndpointsView(APIView):
    """`/api/webhook`."""

    @extend_schema(
        operation_id="webhook_list",
        tags=["webhook"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(shapes.WebhookBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List webhook endpoints, the newest first."""
        who = _manager(request)
        endpoints = queries.endpoints_of(partner_id=who.partner_id, mode=who.mode)
        return page(endpoints, request, ordering=_NEWEST_FIRST, body=shapes.endpoint_body)

    @extend_schema(
        operation_id="webhook_create",
        tags=["webhook"],
        request=shapes.WebhookRequest,
        responses={201: shapes.WebhookWithSecret, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Add an endpoint; it gets what happens from now on."""
        who = _manager(request)
        fields = fields_of(shapes.WebhookRequest, request.data)
        new = partners.create_endpoint(
            partner_id=who.partner_id,
            mode=who.mode,
            url=fields["url"],
            description=fields.get("description", ""),
            kinds=fields.get("events", ()),
            actor=who.actor,
        )
        return Response(shapes.new_endpoint_body(new), status=201, headers=_NO_STORE)


class EndpointView(APIView):
    """`/api/webhook/{id}`."""

    @extend_schema(operation_id="webhook_read", tags=["webhook"], responses={200: shapes.WebhookBody, **PROBLEMS})
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """Read an endpoint."""
        return Response(shapes.endpoint_body(_endpoint(endpoint_id, _manager(request))))

    @extend_schema(
        operation_id="webhook_change",
        tags=["webhook"],
        request=shapes.WebhookChangeRequest,
        responses={200: shapes.WebhookBody, **PROBLEMS},
    )
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Change an endpoint, pause it, or have it go on."""
        who = _manager(request)
        fields = fields_of(shapes.WebhookChangeRequest, request.data)
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
        return Response(shapes.endpoint_body(changed))

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
        request=shapes.RotateRequest,
        responses={200: shapes.WebhookWithSecret, **PROBLEMS},
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Get a new secret; for a while messages bear the signatures of both."""
        who = _manager(request)
        new = partners.rotate_secret(
            endpoint_id=endpoint_id,
            partner_id=who.partner_id,
            mode=who.mode,
            overlap=timedelta(hours=fields_of(shapes.RotateRequest, request.data)["overlap_hours"]),
            actor=who.actor,
        )
        return Response(shapes.new_endpoint_body(new), headers=_NO_STORE)


class TestSendView(APIView):
    """`POST /api/webhook/{id}/test`."""

    @extend_schema(
        operation_id="webhook_test", tags=["webhook"], request=None, responses={202: shapes.TestSendBody, **PROBLEMS}
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
        request=shapes.ReplayRequest,
        responses={202: shapes.ReplayBody, **PROBLEMS},
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Have events sent once more, in order and with the ids they had."""
        who = _manager(request)
        fields = fields_of(shapes.ReplayRequest, request.data)
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
        responses={200: page_of(shapes.DeliveryBody), **PROBLEMS},
    )
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """List the tries to send to an endpoint, the latest first; they are kept for 30 days."""
        endpoint = _endpoint(endpoint_id, _manager(request))
        return page(queries.deliveries_of(endpoint), request, ordering=["-id"], body=shapes.delivery_body)


def _manager(request: Request) -> Caller:
    who = caller(request)
    who.require(Scope.WEBHOOK_WRITE)
    return who


def _endpoint(endpoint_id: UUID, who: Caller) -> WebhookEndpoint:
    return queries.endpoint_of(endpoint_id, partner_id=who.partner_id, mode=who.mode)
