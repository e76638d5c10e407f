"""The addresses below `/api/order`."""

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import queries
from orders.api import bodies, shapes
from orders.api.waiting import wait_until_final
from orders.models import Order
from orders.services import cancelling, placement, revealing
from orders.states import FINAL_ORDERS
from partners.authentication import Caller, caller
from partners.queries import Scope
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS

_NEWEST_FIRST = ("-created_at", "-id")


class OrdersView(APIView):
    """`/api/order`: place one, list all."""

    @extend_schema(
        operation_id="order_place",
        tags=["order"],
        request=shapes.PlaceRequest,
        responses={
            202: OpenApiResponse(shapes.OrderBody, "The order stands and its price is held."),
            200: OpenApiResponse(
                shapes.OrderBody,
                "The order stood before (then with the header `Idempotent-Replayed: true`), or is final.",
            ),
            **PROBLEMS,
        },
    )
    def post(self, request: Request) -> Response:
        """Place an order and hold its price; repeat it with the same `request_id` as often as you need."""
        who = caller(request)
        who.require(Scope.ORDER_WRITE)
        body = bodies.place_body(request.data)
        placed = placement.place_order(partner_id=who.partner_id, mode=who.mode, request=body.request, actor=who.actor)
        order, items = placed.order, placed.items
        if order.status not in FINAL_ORDERS and wait_until_final(order.id, seconds=body.wait_seconds):
            order = _order(order.id, who)
            items = list(order.items.all())
        return Response(
            shapes.order_body(order, items),
            status=200 if placed.repeated or order.status in FINAL_ORDERS else 202,
            headers={"Idempotent-Replayed": "true"} if placed.repeated else None,
        )

    @extend_schema(
        operation_id="order_list",
        tags=["order"],
        parameters=[shapes.OrderFilters, *PAGE_PARAMETERS],
        responses={200: page_of(shapes.OrderBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List orders, the newest first."""
        who = caller(request)
        who.require(Scope.ORDER_READ)
        filters = fields_of(shapes.OrderFilters, request.query_params)
        orders = queries.orders_of(partner_id=who.partner_id, mode=who.mode)
        if text := filters.pop("search", None):
            orders = queries.search(orders, text)
        lookups = {"status": "status", "created_after": "created_at__gte", "created_before": "created_at__lt"}
        orders = orders.filter(**{lookups[name]: value for name, value in filters.items()})
        return page(orders, request, ordering=_NEWEST_FIRST, body=shapes.order_body)


class OrderView(APIView):
    """`/api/order/{id}`."""

    @extend_schema(operation_id="order_read", tags=["order"], responses={200: shapes.OrderBody, **PROBLEMS})
    def get(self, request: Request, order_id: UUID) -> Response:
        """Read an order."""
        who = caller(request)
        who.require(Scope.ORDER_READ)
        return Response(shapes.order_body(_order(order_id, who)))


class CardsView(APIView):
    """`/api/order/{id}/cards`."""

    @extend_schema(operation_id="order_cards", tags=["order"], responses={200: shapes.CardList, **PROBLEMS})
    def get(self, request: Request, order_id: UUID) -> Response:
        """Read the cards of the lines that are settled by now; every reading is recorded."""
        who = caller(request)
        who.require(Scope.CARD_READ)
        who.require_active_partner()
        order = _order(order_id, who)
        cards = revealing.reveal_cards(
            order_id=order.id,
            partner_id=who.partner_id,
            actor=who.actor,
            address=request.META.get("REMOTE_ADDR"),
            reference_id=getattr(request, "reference_id", ""),
        )
        return Response({"results": [shapes.card_body(card) for card in cards]}, headers={"Cache-Control": "no-store"})


class CancelView(APIView):
    """`/api/order/{id}/cancel`."""

    @extend_schema(
        operation_id="order_cancel",
        tags=["order"],
        request=shapes.CancelBody,
        responses={200: shapes.OrderBody, **PROBLEMS},
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Cancel the lines that are not being bought yet; their money is released."""
        who = caller(request)
        who.require(Scope.ORDER_WRITE)
        reason = fields_of(shapes.CancelBody, request.data).get("reason", "")
        order = _order(order_id, who)
        cancelling.cancel_order(
            partner_id=who.partner_id,
            order_id=order.id,
            actor=who.actor,
            reason=reason,
        )
        return Response(shapes.order_body(_order(order_id, who)))


class EstimateView(APIView):
    """`/api/order/estimate`."""

    @extend_schema(
        operation_id="order_estimate",
        tags=["order"],
        request=shapes.EstimateRequest,
        responses={200: shapes.EstimateBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Price an order without placing it."""
        who = caller(request)
        who.require(Scope.CATALOG_READ)
        estimate = placement.estimate(
            partner_id=who.partner_id, mode=who.mode, request=bodies.estimate_body(request.data)
        )
        return Response(shapes.estimate_body(estimate))


def _order(order_id: UUID, who: Caller) -> Order:
    return queries.order_of(order_id, partner_id=who.partner_id, mode=who.mode)
