"""`/api/staff/review`: what only a person can decide, and the decisions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from bamboo import conf
from orders import queries
from orders.api.staff import review_shapes as shapes
from orders.api.staff.asking import Because, reason_of
from orders.api.staff.purchase_shapes import PurchaseBody, RefundBody, purchase_body, refund_body
from orders.models import Purchase
from orders.services import deciding
from orders.services.deciding import Decided
from partners.authentication import StaffCaller, permitted
from partners.authentication.views import StaffView
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS

_TAGS = ["staff: review"]
_DECIDED = {
    200: OpenApiResponse(PurchaseBody, "Decided, now or before."),
    202: OpenApiResponse(PurchaseBody, "Proposed: a second person must decide the same within 24 hours."),
    **PROBLEMS,
}


def _reviewer(request: Request) -> StaffCaller:
    return permitted(request, "orders.review_purchase")


class ReviewView(StaffView):
    """`/api/staff/review`."""

    @extend_schema(operation_id="staff_review", tags=_TAGS, responses={200: shapes.ReviewBody, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Count what waits for a person, of each kind."""
        permitted(request, "orders.view_purchase")
        return Response(shapes.review_body(queries.review()))


class ReviewPurchasesView(StaffView):
    """`/api/staff/review/purchase`."""

    @extend_schema(
        operation_id="staff_review_purchases",
        tags=_TAGS,
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(shapes.PurchaseToReview), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List the purchases to review, the one that waits longest first."""
        permitted(request, "orders.view_purchase")
        found = queries.purchases_to_review()
        return page(found, request, ordering=("review_at", "id"), body=shapes.purchase_to_review_body)


class ReviewLinesView(StaffView):
    """`/api/staff/review/line`."""

    @extend_schema(
        operation_id="staff_review_lines",
        tags=_TAGS,
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(shapes.LineOnHold), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List the lines on hold, the oldest first."""
        permitted(request, "orders.view_order")
        return page(queries.lines_on_hold(), request, ordering=("queued_at", "id"), body=shapes.line_on_hold_body)


class ReviewCardsView(StaffView):
    """`/api/staff/review/card`."""

    @extend_schema(
        operation_id="staff_review_cards",
        tags=_TAGS,
        parameters=[shapes.CardFilters, *PAGE_PARAMETERS],
        responses={200: page_of(shapes.CardWithoutLine), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List surplus cards, or those whose code was delivered twice; the oldest first."""
        permitted(request, "orders.view_card")
        kind = fields_of(shapes.CardFilters, request.query_params)["kind"]
        found = queries.surplus_cards() if kind == "surplus" else queries.duplicate_cards()
        return page(found, request, ordering=("created_at", "id"), body=shapes.card_without_line_body)


# --- Decisions about purchases -----------------------------------------------------------------------------
class CloseView(StaffView):
    """`/api/staff/review/purchase/{id}/close`."""

    @extend_schema(
        operation_id="staff_review_close", tags=_TAGS, request=Because, responses={200: PurchaseBody, **PROBLEMS}
    )
    def post(self, request: Request, purchase_id: UUID) -> Response:
        """Close a review as looked at. A reason that goes on brings it back after a day."""
        who = _reviewer(request)
        deciding.close_review(purchase_id=purchase_id, actor=who.actor, reason=reason_of(request))
        return _purchase(purchase_id)


class ReadAgainView(StaffView):
    """`/api/staff/review/purchase/{id}/read`."""

    @extend_schema(
        operation_id="staff_review_read", tags=_TAGS, request=Because, responses={200: PurchaseBody, **PROBLEMS}
    )
    def post(self, request: Request, purchase_id: UUID) -> Response:
        """Unfreeze a purchase and let it be read now."""
        who = _reviewer(request)
        deciding.read_again(client_of=conf.client, purchase_id=purchase_id, actor=who.actor, reason=reason_of(request))
        return _purchase(purchase_id)


class NotBoughtView(StaffView):
    """`/api/staff/review/purchase/{id}/not-bought`."""

    @extend_schema(operation_id="staff_review_not_bought", tags=_TAGS, request=shapes.NotBoughtBody, responses=_DECIDED)
    def post(self, request: Request, purchase_id: UUID) -> Response:
        """Declare an unknown purchase not bought: its lines wait again, or fail with their money released."""
        who = _reviewer(request)
        body = fields_of(shapes.NotBoughtBody, request.data)
        decided = deciding.declare_not_bought(client_of=conf.client, purchase_id=purchase_id, actor=who.actor, **body)
        return _decided(decided)


class NotComingView(StaffView):
    """`/api/staff/review/purchase/{id}/not-coming`."""

    @extend_schema(operation_id="staff_review_not_coming", tags=_TAGS, request=Because, responses=_DECIDED)
    def post(self, request: Request, purchase_id: UUID) -> Response:
        """Declare missing cards as not coming: what came is delivered, the money of the rest released."""
        who = _reviewer(request)
        decided = deciding.declare_not_coming(
            client_of=conf.client, purchase_id=purchase_id, actor=who.actor, reason=reason_of(request)
        )
        return _decided(decided)


def _decided(decided: Decided) -> Response:
    return _purchase(decided.purchase.pk, status=200 if decided.is_done else 202)


def _purchase(purchase_id: UUID, *, status: int = 200) -> Response:
    purchase: Purchase = queries.a_purchase(purchase_id)
    return Response(purchase_body(purchase), status=status)


# --- Decisions about lines and cards -----------------------------------------------------------------------
def _decide_line(request: Request, line_id: UUID, decide: Callable[..., Any]) -> Response:
    who = _reviewer(request)
    return Response(shapes.decided_line_body(decide(line_id=line_id, actor=who.actor, reason=reason_of(request))))


class ReleaseLineView(StaffView):
    """`/api/staff/review/line/{id}/release`."""

    @extend_schema(
        operation_id="staff_review_line_release",
        tags=_TAGS,
        request=Because,
        responses={200: shapes.DecidedLine, **PROBLEMS},
    )
    def post(self, request: Request, line_id: UUID) -> Response:
        """Let a line on hold be bought, if its price covers today's cost."""
        return _decide_line(request, line_id, deciding.release_line)


class FailLineView(StaffView):
    """`/api/staff/review/line/{id}/fail`."""

    @extend_schema(
        operation_id="staff_review_line_fail",
        tags=_TAGS,
        request=Because,
        responses={200: shapes.DecidedLine, **PROBLEMS},
    )
    def post(self, request: Request, line_id: UUID) -> Response:
        """Fail a line on hold and release its money."""
        return _decide_line(request, line_id, deciding.fail_line)


class AssignView(StaffView):
    """`/api/staff/review/line/{id}/assign`."""

    @extend_schema(
        operation_id="staff_review_line_assign",
        tags=_TAGS,
        request=shapes.CardsBody,
        responses={200: shapes.DecidedLine, **PROBLEMS},
    )
    def post(self, request: Request, line_id: UUID) -> Response:
        """Deliver a waiting line from surplus cards of its product and face value."""
        who = _reviewer(request)
        body = fields_of(shapes.CardsBody, request.data)
        return Response(shapes.decided_line_body(deciding.assign_cards(line_id=line_id, actor=who.actor, **body)))


class WriteOffView(StaffView):
    """`/api/staff/review/card/write-off`."""

    @extend_schema(
        operation_id="staff_review_write_off",
        tags=_TAGS,
        request=shapes.CardsBody,
        responses={200: shapes.WrittenOff, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Write surplus or duplicate cards off as a loss."""
        who = _reviewer(request)
        body = fields_of(shapes.CardsBody, request.data)
        return Response({"written_off": deciding.write_off_cards(actor=who.actor, **body)})


class RefundView(StaffView):
    """`/api/staff/card/{id}/refund`."""

    @extend_schema(
        operation_id="staff_card_refund",
        tags=_TAGS,
        request=shapes.RefundRequest,
        responses={200: RefundBody, **PROBLEMS},
    )
    def post(self, request: Request, card_id: UUID) -> Response:
        """Refund a card that was bad, in full or in part; the same `request_id` twice is one refund."""
        who = permitted(request, "orders.refund_card")
        body = fields_of(shapes.RefundRequest, request.data)
        return Response(refund_body(deciding.refund_card(card_id=card_id, actor=who.actor, **body)))
