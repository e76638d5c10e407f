"""The addresses below `/api/staff/top-up` and `/api/staff/adjustment`: what waits for a person, and the decision."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from partners.authentication import StaffCaller, permitted
from partners.authentication.views import StaffView
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS
from wallets import queries
from wallets import services as wallets
from wallets.api import bodies, shapes
from wallets.api.partner import NEWEST_FIRST, REQUEST_LOOKUPS
from wallets.models import MoneyRequest

_LOOKUPS = {
    **REQUEST_LOOKUPS,
    "partner": "wallet__partner",
    "wallet": "wallet",
    "currency": "wallet__currency",
    "mode": "wallet__mode",
}
_TAG = "staff: wallet"
_PAGE = page_of(shapes.StaffRequestBody)


def _describe_list[F: Callable[..., Any]](operation_id: str) -> Callable[[F], F]:
    return extend_schema(
        operation_id=operation_id,
        tags=[_TAG],
        parameters=[shapes.RequestFilters, *PAGE_PARAMETERS],
        responses={200: _PAGE, **PROBLEMS},
    )


def _describe_decision[F: Callable[..., Any]](
    operation_id: str, body: type[shapes.Approval] | type[shapes.Rejection]
) -> Callable[[F], F]:
    return extend_schema(
        operation_id=operation_id,
        tags=[_TAG],
        request=body,
        responses={200: shapes.StaffRequestBody, **PROBLEMS},
    )


class StaffTopUpsView(StaffView):
    """`GET /api/staff/top-up`."""

    @_describe_list("staff_top_up_list")
    def get(self, request: Request) -> Response:
        """List top-ups, the latest first."""
        permitted(request, "wallets.view_topup")
        return _page(queries.all_top_ups(), request)


class ApproveTopUpView(StaffView):
    """`POST /api/staff/top-up/{id}/approve`."""

    @_describe_decision("staff_top_up_approve", shapes.Approval)
    def post(self, request: Request, top_up_id: int) -> Response:
        """Approve a top-up and book it; above the limit two of our staff do, and none a top-up of its own."""
        who = permitted(request, "wallets.approve_topup")
        return _decided(request, shapes.Approval, who, partial(wallets.approve_top_up, top_up_id=top_up_id))


class RejectTopUpView(StaffView):
    """`POST /api/staff/top-up/{id}/reject`."""

    @_describe_decision("staff_top_up_reject", shapes.Rejection)
    def post(self, request: Request, top_up_id: int) -> Response:
        """Reject a top-up for good."""
        who = permitted(request, "wallets.approve_topup")
        return _decided(request, shapes.Rejection, who, partial(wallets.reject_top_up, top_up_id=top_up_id))


class AdjustmentsView(StaffView):
    """`GET /api/staff/adjustment`."""

    @_describe_list("staff_adjustment_list")
    def get(self, request: Request) -> Response:
        """List adjustments, the latest first."""
        permitted(request, "wallets.view_adjustment")
        return _page(queries.all_adjustments(), request)


class ApproveAdjustmentView(StaffView):
    """`POST /api/staff/adjustment/{id}/approve`."""

    @_describe_decision("staff_adjustment_approve", shapes.Approval)
    def post(self, request: Request, adjustment_id: int) -> Response:
        """Approve an adjustment that somebody else recorded, and book it."""
        who = permitted(request, "wallets.adjust_wallet")
        return _decided(request, shapes.Approval, who, partial(wallets.approve_adjustment, adjustment_id=adjustment_id))


class RejectAdjustmentView(StaffView):
    """`POST /api/staff/adjustment/{id}/reject`."""

    @_describe_decision("staff_adjustment_reject", shapes.Rejection)
    def post(self, request: Request, adjustment_id: int) -> Response:
        """Reject an adjustment for good."""
        who = permitted(request, "wallets.adjust_wallet")
        return _decided(request, shapes.Rejection, who, partial(wallets.reject_adjustment, adjustment_id=adjustment_id))


def _page(requests: QuerySet[Any], request: Request) -> Response:
    filters = fields_of(shapes.RequestFilters, request.query_params)
    found = requests.filter(**{_LOOKUPS[name]: value for name, value in filters.items()})
    return page(found, request, ordering=NEWEST_FIRST, body=bodies.staff_request_body)


def _decided(
    request: Request, shape: type[Serializer[Any]], who: StaffCaller, decide: Callable[..., MoneyRequest]
) -> Response:
    done = decide(actor=who.actor, reason=fields_of(shape, request.data)["reason"])
    return Response(bodies.staff_request_body(done))
