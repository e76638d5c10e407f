"""Partners as our staff run them: `/api/staff/partner`. They stand here since opening and closing need several apps."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.services import suspending
from partners import queries
from partners.authentication import permitted
from partners.authentication.views import StaffView
from partners.models import Partner
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.portal import services as portal
from steller.portal.api.key_shapes import NO_STORE, StaffReasonRequest
from steller.problems import PROBLEMS

STATUSES = ("active", "suspended", "removed")
_HEAVIEST = 100


class PartnerBody(serializers.Serializer[Any]):
    """A partner as our staff see it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()
    registration_number = serializers.CharField()
    logo_url = serializers.CharField()
    address = serializers.CharField()
    phone = serializers.CharField()
    weight = serializers.IntegerField(help_text="Its share of the supplier's capacity beside other partners'.")
    second_factor_required = serializers.BooleanField()
    status = serializers.ChoiceField(choices=STATUSES)
    suspended_reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()


class OpenedBody(PartnerBody):
    """A partner just opened, with what came with it."""

    wallet_id = serializers.IntegerField()
    owner_id = serializers.IntegerField(allow_null=True)


class PartnerFilters(serializers.Serializer[Any]):
    """Which partners to list."""

    search = serializers.CharField(required=False, help_text="Part of name, e-mail, registration number; or the id.")
    status = serializers.ChoiceField(choices=STATUSES, required=False)
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)


class _Details(serializers.Serializer[Any]):
    registration_number = serializers.CharField(max_length=100, required=False, allow_blank=True)
    logo_url = serializers.URLField(max_length=200, required=False, allow_blank=True)
    address = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=50, required=False, allow_blank=True)
    weight = serializers.IntegerField(min_value=1, max_value=_HEAVIEST, required=False)
    reason = serializers.CharField(max_length=300)


class PartnerRequest(_Details):
    """A partner to open: it pays face value until somebody sets another price."""

    name = serializers.CharField(max_length=200)
    email = serializers.EmailField(max_length=254)
    currency = serializers.CharField(max_length=3, help_text="Of its first wallet, which is empty.")
    owner_email = serializers.EmailField(
        max_length=254, required=False, help_text="Who is invited as its owner; nobody if left out."
    )


class PartnerChange(_Details):
    """What of a partner shall change; what is left out stays."""

    name = serializers.CharField(max_length=200, required=False)
    email = serializers.EmailField(max_length=254, required=False)
    second_factor_required = serializers.BooleanField(
        required=False, help_text="Hold its people to a second factor; who has none is logged out."
    )


class StaffPartnersView(StaffView):
    """`/api/staff/partner`."""

    @extend_schema(
        operation_id="staff_partner_list",
        tags=["staff"],
        parameters=[PartnerFilters, *PAGE_PARAMETERS],
        responses={200: page_of(PartnerBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List partners, the newest first; removed ones with `status=removed` only."""
        permitted(request, "partners.view_partner")
        found = queries.partners_like(fields_of(PartnerFilters, request.query_params))
        return page(found, request, ordering=("-id",), body=_body)

    @extend_schema(
        operation_id="staff_partner_open",
        tags=["staff"],
        request=PartnerRequest,
        responses={201: OpenedBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Open a partner with an empty wallet, at face value, and invite its owner."""
        who = permitted(request, "partners.add_partner")
        opened = portal.open_partner(actor=who.actor, invite_owner=True, **fields_of(PartnerRequest, request.data))
        body = _body(queries.partner(opened.partner_id))
        owner_id = opened.owner.id if opened.owner else None
        return Response({**body, "wallet_id": opened.wallet_id, "owner_id": owner_id}, status=201, headers=NO_STORE)


class StaffPartnerView(StaffView):
    """`/api/staff/partner/{id}`."""

    @extend_schema(operation_id="staff_partner_read", tags=["staff"], responses={200: PartnerBody, **PROBLEMS})
    def get(self, request: Request, partner_id: int) -> Response:
        """Read a partner."""
        permitted(request, "partners.view_partner")
        return _partner(partner_id)

    @extend_schema(
        operation_id="staff_partner_change",
        tags=["staff"],
        request=PartnerChange,
        responses={200: PartnerBody, **PROBLEMS},
    )
    def patch(self, request: Request, partner_id: int) -> Response:
        """Change what is known of a partner, its weight, or whether its people need a second factor."""
        who = permitted(request, "partners.change_partner")
        fields = fields_of(PartnerChange, request.data)
        portal.change_partner(partner_id=partner_id, actor=who.actor, **fields)
        return _partner(partner_id)

    @extend_schema(
        operation_id="staff_partner_remove",
        tags=["staff"],
        request=StaffReasonRequest,
        responses={204: None, **PROBLEMS},
    )
    def delete(self, request: Request, partner_id: int) -> Response:
        """Remove a partner for good, once no order is open and no money is left. The body has the `reason`."""
        who = permitted(request, "partners.delete_partner")
        fields = fields_of(StaffReasonRequest, request.data)
        portal.close_partner(partner_id=partner_id, actor=who.actor, **fields)
        return Response(status=204)


class StaffPartnerSuspendView(StaffView):
    """`/api/staff/partner/{id}/suspend`."""

    @extend_schema(
        operation_id="staff_partner_suspend",
        tags=["staff"],
        request=StaffReasonRequest,
        responses={200: PartnerBody, **PROBLEMS},
    )
    def post(self, request: Request, partner_id: int) -> Response:
        """Stop new orders and reveals; what is at the supplier settles as usual."""
        who = permitted(request, "partners.suspend_partner")
        fields = fields_of(StaffReasonRequest, request.data)
        suspending.suspend_partner(partner_id=partner_id, actor=who.actor, **fields)
        return _partner(partner_id)


class StaffPartnerResumeView(StaffView):
    """`/api/staff/partner/{id}/resume`."""

    @extend_schema(
        operation_id="staff_partner_resume",
        tags=["staff"],
        request=StaffReasonRequest,
        responses={200: PartnerBody, **PROBLEMS},
    )
    def post(self, request: Request, partner_id: int) -> Response:
        """Lift a suspension."""
        who = permitted(request, "partners.suspend_partner")
        fields = fields_of(StaffReasonRequest, request.data)
        suspending.resume_partner(partner_id=partner_id, actor=who.actor, **fields)
        return _partner(partner_id)


def _partner(partner_id: int) -> Response:
    return Response(_body(queries.partner(partner_id)))


def _body(partner: Partner) -> dict[str, Any]:
    shown = (
        *("id", "name", "email", "registration_number", "logo_url", "address", "phone", "weight"),
        *("second_factor_required", "suspended_reason", "created_at", "created_by"),
    )
    return {**{name: getattr(partner, name) for name in shown}, "status": queries.partner_status(partner)}
