"""`/api/staff/limits`: how the supplier's limits stand, and the hand on the tap."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders import queries
from orders.api.staff.asking import MODES, Because, reason_of
from orders.queries import Supply
from orders.services import controlling
from partners.authentication import permitted
from partners.authentication.views import StaffView
from steller.money import display
from steller.parsing import fields_of
from steller.problems import PROBLEMS

_TAGS = ["staff: limits"]


class LimiterBody(serializers.Serializer[Any]):
    """An endpoint of the supplier, for one pair of credentials."""

    key = serializers.CharField()
    mode = serializers.ChoiceField(choices=MODES)
    calls = serializers.IntegerField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    next_in = serializers.FloatField(help_text="Seconds until the next slot that can be booked.")
    recent_sends = serializers.ListField(
        child=serializers.DateTimeField(), allow_null=True, help_text="Null where only the spacing is kept."
    )
    blocked_until = serializers.DateTimeField(allow_null=True, help_text="The breaker is open until accounts is well.")
    breaker_reason = serializers.CharField(allow_blank=True)
    stopped_at = serializers.DateTimeField(allow_null=True, help_text="The kill switch.")
    stopped_by = serializers.CharField(allow_blank=True)
    stop_reason = serializers.CharField(allow_blank=True)


class BusyProductBody(serializers.Serializer[Any]):
    """A product whose sends still count against its limit."""

    product_id = serializers.IntegerField()
    name = serializers.CharField()
    mode = serializers.ChoiceField(choices=MODES)
    busy = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    last_sent_at = serializers.DateTimeField()
    next_free_at = serializers.DateTimeField()
    waiting_lines = serializers.IntegerField()
    waiting_cards = serializers.IntegerField()


class AccountBody(serializers.Serializer[Any]):
    """One of our accounts at the supplier; amounts are in its currency."""

    id = serializers.IntegerField()
    supplier_id = serializers.IntegerField()
    mode = serializers.ChoiceField(choices=MODES)
    currency = serializers.CharField()
    balance = serializers.CharField()
    float_limit = serializers.CharField(allow_null=True)
    open_cost = serializers.CharField(help_text="Expected cost of open purchases.")
    waiting_cost = serializers.CharField(help_text="Expected cost of waiting lines.")
    is_active = serializers.BooleanField()
    read_at = serializers.DateTimeField()


class LimitsBody(serializers.Serializer[Any]):
    """How the supplier's limits stand."""

    at = serializers.DateTimeField()
    endpoints = LimiterBody(many=True)
    products = BusyProductBody(many=True)
    accounts = AccountBody(many=True)


class EndpointDeed(serializers.Serializer[Any]):
    """Which endpoint and credentials, and why."""

    key = serializers.CharField(max_length=20, help_text="`checkout` is all buying.")
    mode = serializers.ChoiceField(choices=MODES, default="live")
    reason = serializers.CharField(max_length=300)


class Changed(serializers.Serializer[Any]):
    """Whether the call changed anything; False: it was so before."""

    changed = serializers.BooleanField()


class LimitsView(StaffView):
    """`/api/staff/limits`."""

    @extend_schema(operation_id="staff_limits", tags=_TAGS, responses={200: LimitsBody, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Read the limiter, the busiest products and the accounts."""
        permitted(request, "bamboo.view_limiter")
        return Response(_limits(queries.supply()))


class BreakerCloseView(StaffView):
    """`/api/staff/limits/close-breaker`."""

    @extend_schema(
        operation_id="staff_limits_close_breaker",
        tags=_TAGS,
        request=EndpointDeed,
        responses={200: Changed, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Close an endpoint's breaker at once."""
        return _change(request, controlling.close_breaker)


class CallsStopView(StaffView):
    """`/api/staff/limits/stop`."""

    @extend_schema(
        operation_id="staff_limits_stop", tags=_TAGS, request=EndpointDeed, responses={200: Changed, **PROBLEMS}
    )
    def post(self, request: Request) -> Response:
        """Stop all calls of an endpoint until somebody resumes them: the kill switch."""
        return _change(request, controlling.stop_calls)


class CallsResumeView(StaffView):
    """`/api/staff/limits/resume`."""

    @extend_schema(
        operation_id="staff_limits_resume", tags=_TAGS, request=EndpointDeed, responses={200: Changed, **PROBLEMS}
    )
    def post(self, request: Request) -> Response:
        """Lift an endpoint's kill switch."""
        return _change(request, controlling.resume_calls)


class FloatLimitLiftView(StaffView):
    """`/api/staff/limits/account/{id}/lift`."""

    @extend_schema(operation_id="staff_limits_lift", tags=_TAGS, request=Because, responses={200: Changed, **PROBLEMS})
    def post(self, request: Request, account_id: int) -> Response:
        """Let an account be spent from without a limit again; the supplier may set it anew by refusing."""
        who = permitted(request, "orders.control_supply")
        changed = controlling.lift_float_limit(account_id=account_id, actor=who.actor, reason=reason_of(request))
        return Response({"changed": changed})


def _change(request: Request, deed: Callable[..., bool]) -> Response:
    who = permitted(request, "orders.control_supply")
    return Response({"changed": deed(actor=who.actor, **fields_of(EndpointDeed, request.data))})


def _limits(supply: Supply) -> dict[str, object]:
    return {
        "at": supply.at,
        "endpoints": [
            {
                "key": endpoint.row.key,
                "mode": endpoint.row.mode,
                "calls": endpoint.calls,
                "seconds": endpoint.seconds,
                "next_in": endpoint.next_in,
                "recent_sends": endpoint.recent_sends,
                "blocked_until": endpoint.row.blocked_until,
                "breaker_reason": endpoint.row.reason,
                "stopped_at": endpoint.row.stopped_at,
                "stopped_by": endpoint.row.stopped_by,
                "stop_reason": endpoint.row.stop_reason,
            }
            for endpoint in supply.endpoints
        ],
        "products": [asdict(product) for product in supply.products],
        "accounts": [
            {
                "id": funding.account.pk,
                "supplier_id": funding.account.supplier_id,
                "mode": funding.account.mode,
                "currency": funding.account.currency,
                "balance": display(funding.account.balance),
                "float_limit": None if funding.account.float_limit is None else display(funding.account.float_limit),
                "open_cost": display(funding.open_cost),
                "waiting_cost": display(funding.waiting_cost),
                "is_active": funding.account.is_active,
                "read_at": funding.account.read_at,
            }
            for funding in supply.accounts
        ],
    }
