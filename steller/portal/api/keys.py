"""A partner's own API keys: `/api/partner/key`. They stand here since a test key comes with a test wallet."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import queries
from partners.authentication import Caller, caller
from partners.queries import Scope
from partners.services import MakerLimits
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.portal import services as portal
from steller.portal.api import key_shapes as shapes
from steller.problems import PROBLEMS


class KeysView(APIView):
    """`/api/partner/key`: list the keys, make one."""

    @extend_schema(
        operation_id="key_list",
        tags=["key"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(shapes.KeyBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List your API keys, ended ones too, the newest first."""
        who = caller(request)
        who.require(Scope.KEY_WRITE)
        return page(queries.keys_of(who.partner_id), request, ordering=("-id",), body=shapes.key_body)

    @extend_schema(
        operation_id="key_create",
        tags=["key"],
        request=shapes.KeyRequest,
        responses={201: shapes.NewKeyBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Make an API key; it is shown this once. A test key comes with test wallets full of play money."""
        who = caller(request)
        who.require(Scope.KEY_WRITE)
        fields = shapes.key_fields(fields_of(shapes.KeyRequest, request.data))
        new = portal.make_key(partner_id=who.partner_id, actor=who.actor, limits=_limits_of(who), **fields)
        return Response(shapes.new_key_body(new, partner_id=who.partner_id), status=201, headers=shapes.NO_STORE)


class KeyRotateView(APIView):
    """`/api/partner/key/{id}/rotate`."""

    @extend_schema(
        operation_id="key_rotate",
        tags=["key"],
        request=shapes.KeyRotateRequest,
        responses={201: shapes.NewKeyBody, **PROBLEMS},
    )
    def post(self, request: Request, key_id: int) -> Response:
        """Make a key like this one, which itself ends after the overlap."""
        who = caller(request)
        who.require(Scope.KEY_WRITE)
        fields = fields_of(shapes.KeyRotateRequest, request.data)
        new = portal.rotate_key(
            key_id=key_id,
            partner_id=who.partner_id,
            actor=who.actor,
            overlap=shapes.overlap_of(fields),
            limits=_limits_of(who),
        )
        return Response(shapes.new_key_body(new, partner_id=who.partner_id), status=201, headers=shapes.NO_STORE)


class KeyRevokeView(APIView):
    """`/api/partner/key/{id}/revoke`."""

    @extend_schema(
        operation_id="key_revoke",
        tags=["key"],
        request=shapes.ReasonRequest,
        responses={200: shapes.KeyBody, **PROBLEMS},
    )
    def post(self, request: Request, key_id: int) -> Response:
        """End a key at once; repeating it changes nothing."""
        who = caller(request)
        who.require(Scope.KEY_WRITE)
        fields = fields_of(shapes.ReasonRequest, request.data)
        portal.revoke_key(key_id=key_id, partner_id=who.partner_id, actor=who.actor, limits=_limits_of(who), **fields)
        return Response(shapes.key_body(queries.key_of(key_id, partner_id=who.partner_id)))


def _limits_of(who: Caller) -> MakerLimits:
    return MakerLimits(scopes=who.scopes, mode=who.mode, networks=who.allowed_networks)
