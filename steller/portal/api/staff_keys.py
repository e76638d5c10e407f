"""A partner's API keys as our staff manage them: `/api/staff/partner/{id}/key`."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from partners import queries
from partners.authentication import permitted
from partners.authentication.views import StaffView
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.portal import services as portal
from steller.portal.api import key_shapes as shapes
from steller.problems import PROBLEMS


class StaffKeysView(StaffView):
    """`/api/staff/partner/{id}/key`."""

    @extend_schema(
        operation_id="staff_key_list",
        tags=["staff"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(shapes.KeyBody), **PROBLEMS},
    )
    def get(self, request: Request, partner_id: int) -> Response:
        """List a partner's API keys, ended ones too, the newest first."""
        permitted(request, "partners.view_apikey")
        partner = queries.partner(partner_id)
        return page(queries.keys_of(partner.pk), request, ordering=("-id",), body=shapes.key_body)

    @extend_schema(
        operation_id="staff_key_create",
        tags=["staff"],
        request=shapes.StaffKeyRequest,
        responses={201: shapes.NewKeyBody, **PROBLEMS},
    )
    def post(self, request: Request, partner_id: int) -> Response:
        """Make an API key for a partner; it is shown this once."""
        who = permitted(request, "partners.add_apikey")
        fields = shapes.key_fields(fields_of(shapes.StaffKeyRequest, request.data))
        new = portal.make_key(partner_id=queries.partner(partner_id).pk, actor=who.actor, **fields)
        return Response(shapes.new_key_body(new, partner_id=partner_id), status=201, headers=shapes.NO_STORE)


class StaffKeyRotateView(StaffView):
    """`/api/staff/partner/{id}/key/{id}/rotate`."""

    @extend_schema(
        operation_id="staff_key_rotate",
        tags=["staff"],
        request=shapes.StaffRotateRequest,
        responses={201: shapes.NewKeyBody, **PROBLEMS},
    )
    def post(self, request: Request, partner_id: int, key_id: int) -> Response:
        """Make a key like this one, which itself ends after the overlap."""
        who = permitted(request, "partners.add_apikey")
        fields = fields_of(shapes.StaffRotateRequest, request.data)
        new = portal.rotate_key(
            key_id=key_id,
            partner_id=partner_id,
            actor=who.actor,
            overlap=shapes.overlap_of(fields),
            reason=fields["reason"],
        )
        return Response(shapes.new_key_body(new, partner_id=partner_id), status=201, headers=shapes.NO_STORE)


class StaffKeyRevokeView(StaffView):
    """`/api/staff/partner/{id}/key/{id}/revoke`."""

    @extend_schema(
        operation_id="staff_key_revoke",
        tags=["staff"],
        request=shapes.StaffReasonRequest,
        responses={200: shapes.KeyBody, **PROBLEMS},
    )
    def post(self, request: Request, partner_id: int, key_id: int) -> Response:
        """End a partner's key at once; repeating it changes nothing."""
        who = permitted(request, "partners.change_apikey")
        fields = fields_of(shapes.StaffReasonRequest, request.data)
        portal.revoke_key(key_id=key_id, partner_id=partner_id, actor=who.actor, **fields)
        return Response(shapes.key_body(queries.key_of(key_id, partner_id=partner_id)))
