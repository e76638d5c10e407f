"""`/api/staff/order`: orders of all partners, listed, read, placed, cancelled, ordered again, revealed."""

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from bamboo import conf
from orders import queries
from orders.api import bodies, shapes
from orders.api.staff import order_bodies, supplier_shapes
from orders.api.staff import order_shapes as staff_shapes
from orders.api.staff.asking import Because, reason_of
from orders.models import Purchase
from orders.queries.staff import NEWEST_FIRST
from orders.services import cancelling, looking, on_behalf, revealing
from orders.services.placement import Placed
from orders.states import PurchaseStatus
from partners.authentication import permitted
from partners.authentication.views import StaffView
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS

# Each is a read of its own within the limit of all reads.
_MOST_LOOKS = 3


class StaffOrdersView(StaffView):
    """`/api/staff/order`."""

    @extend_schema(
        operation_id="staff_order_list",
        tags=["staff: order"],
        parameters=[staff_shapes.StaffFilters, *PAGE_PARAMETERS],
        responses={200: page_of(staff_shapes.StaffOrderRow), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List orders of all partners, the newest first."""
        permitted(request, "orders.view_order")
        filters = fields_of(staff_shapes.StaffFilters, request.query_params)
        text = filters.pop("search", "")
        orders = queries.staff_orders(filters=filters, text=text)
        return page(orders, request, ordering=NEWEST_FIRST, body=order_bodies.row_body)

    @extend_schema(
        operation_id="staff_order_place",
        tags=["staff: order"],
        request=staff_shapes.PlaceForPartner,
        responses={
            202: OpenApiResponse(shapes.OrderBody, "The order stands and the partner's money is held."),
            200: OpenApiResponse(shapes.OrderBody, "It stood before; `Idempotent-Replayed: true`."),
            **PROBLEMS,
        },
    )
    def post(self, request: Request) -> Response:
        """Place an order for a partner."""
        who = permitted(request, "orders.place_for_partner")
        beside = fields_of(staff_shapes.ForPartner, request.data)
        placed = on_behalf.place_for_partner(
            partner_id=beside["partner_id"],
            mode=beside["mode"],
            request=bodies.place_body(request.data).request,
            actor=who.actor,
            reason=beside["reason"],
        )
        return _placed(placed)


class StaffOrderView(StaffView):
    """`/api/staff/order/{id}`."""

    @extend_schema(
        operation_id="staff_order_read",
        tags=["staff: order"],
        responses={200: staff_shapes.StaffOrderBody, **PROBLEMS},
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """Read an order with its purchases, sends, money, masked cards, events and deeds."""
        permitted(request, "orders.view_order")
        return Response(order_bodies.staff_order_body(queries.staff_order(order_id)))


class SupplierView(StaffView):
    """`/api/staff/order/{id}/supplier`."""

    @extend_schema(
        operation_id="staff_order_supplier",
        tags=["staff: order"],
        responses={200: supplier_shapes.SupplierLooks, **PROBLEMS},
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """Ask the supplier how the order's latest purchases stand right now; nothing is changed by it."""
        permitted(request, "orders.view_purchase")
        queries.any_order(order_id)
        sent = [purchase for purchase in queries.purchases_for(order_id) if _was_sent(purchase)]
        looks = [
            supplier_shapes.look_body(purchase, looking.read_now(conf.client, purchase))
            for purchase in sent[:_MOST_LOOKS]
        ]
        body = {"results": looks, "more": max(0, len(sent) - _MOST_LOOKS)}
        return Response(body, headers={"Cache-Control": "no-store"})


class StaffCancelView(StaffView):
    """`/api/staff/order/{id}/cancel`."""

    @extend_schema(
        operation_id="staff_order_cancel",
        tags=["staff: order"],
        request=Because,
        responses={200: staff_shapes.StaffOrderBody, **PROBLEMS},
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Cancel the lines that are not being bought yet; their money is released."""
        who = permitted(request, "orders.cancel_order")
        cancelling.cancel_order(partner_id=None, order_id=order_id, actor=who.actor, reason=reason_of(request))
        return Response(order_bodies.staff_order_body(queries.staff_order(order_id)))


class StaffRetryView(StaffView):
    """`/api/staff/order/{id}/retry`."""

    @extend_schema(
        operation_id="staff_order_retry",
        tags=["staff: order"],
        request=staff_shapes.RetryBody,
        responses={
            202: OpenApiResponse(shapes.OrderBody, "A new order for what failed, at today's price."),
            200: OpenApiResponse(shapes.OrderBody, "It stood before; `Idempotent-Replayed: true`."),
            **PROBLEMS,
        },
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Order again what failed; once, as long as the retry itself has not failed."""
        who = permitted(request, "orders.retry_order")
        body = fields_of(staff_shapes.RetryBody, request.data)
        return _placed(on_behalf.retry_order(order_id=order_id, actor=who.actor, **body))


class StaffRevealView(StaffView):
    """`/api/staff/order/{id}/reveal`."""

    @extend_schema(
        operation_id="staff_order_reveal",
        tags=["staff: order"],
        request=Because,
        responses={200: shapes.CardList, **PROBLEMS},
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Read an order's cards; the partner sees in its audit log who did, and why."""
        who = permitted(request, "orders.reveal_card")
        cards = revealing.reveal_to_staff(
            order_id=order_id,
            actor=who.actor,
            address=who.address,
            reference_id=who.reference_id,
            reason=reason_of(request),
        )
        return Response({"results": [shapes.card_body(card) for card in cards]}, headers={"Cache-Control": "no-store"})


def _placed(placed: Placed) -> Response:
    return Response(
        shapes.order_body(placed.order, placed.items),
        status=200 if placed.repeated else 202,
        headers={"Idempotent-Replayed": "true"} if placed.repeated else None,
    )


def _was_sent(purchase: Purchase) -> bool:
    return purchase.status != PurchaseStatus.PLANNED or purchase.sends > 0
