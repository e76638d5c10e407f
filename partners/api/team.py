"""A partner's own people: `/api/partner/team`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import queries
from partners import services as partners
from partners.api import people_shapes as shapes
from partners.authentication import caller
from partners.queries import Scope
from partners.services import GrantLimits
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS


class TeamView(APIView):
    """`/api/partner/team`: list the people, invite one."""

    @extend_schema(
        operation_id="team_list",
        tags=["team"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(shapes.PersonBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List your people."""
        team = queries.team_of(_by(request)["partner_id"])
        return page(team, request, ordering=("email", "id"), body=shapes.person_body)

    @extend_schema(
        operation_id="team_invite",
        tags=["team"],
        request=shapes.TeamInvitation,
        responses={201: shapes.PersonBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Invite somebody by e-mail; the link in it sets a password, once and for a week."""
        by = _by(request)
        user_id = partners.invite_user(**fields_of(shapes.TeamInvitation, request.data), **by)
        return Response(shapes.person_body(queries.person(user_id)), status=201)


class TeamMemberView(APIView):
    """`/api/partner/team/{id}`."""

    @extend_schema(operation_id="team_read", tags=["team"], responses={200: shapes.PersonBody, **PROBLEMS})
    def get(self, request: Request, user_id: int) -> Response:
        """Read one of your people."""
        return _person(user_id, _by(request))

    @extend_schema(
        operation_id="team_change",
        tags=["team"],
        request=shapes.TeamChange,
        responses={200: shapes.PersonBody, **PROBLEMS},
    )
    def patch(self, request: Request, user_id: int) -> Response:
        """Give somebody another role; what that person was logged in with ends."""
        by = _by(request)
        partners.change_role(user_id=user_id, **fields_of(shapes.TeamChange, request.data), **by)
        return _person(user_id, by)

    @extend_schema(operation_id="team_remove", tags=["team"], responses={204: None, **PROBLEMS})
    def delete(self, request: Request, user_id: int) -> Response:
        """Remove somebody for good; name, addresses, phone and password are blanked."""
        partners.remove_user(user_id=user_id, **_by(request))
        return Response(status=204)


class TeamDeactivateView(APIView):
    """`/api/partner/team/{id}/deactivate`."""

    @extend_schema(
        operation_id="team_deactivate", tags=["team"], request=None, responses={200: shapes.PersonBody, **PROBLEMS}
    )
    def post(self, request: Request, user_id: int) -> Response:
        """Keep somebody out until reactivated."""
        by = _by(request)
        partners.deactivate_user(user_id=user_id, **by)
        return _person(user_id, by)


class TeamReactivateView(APIView):
    """`/api/partner/team/{id}/reactivate`."""

    @extend_schema(
        operation_id="team_reactivate", tags=["team"], request=None, responses={200: shapes.PersonBody, **PROBLEMS}
    )
    def post(self, request: Request, user_id: int) -> Response:
        """Let somebody in again."""
        by = _by(request)
        partners.reactivate_user(user_id=user_id, **by)
        return _person(user_id, by)


class TeamInviteAgainView(APIView):
    """`/api/partner/team/{id}/invite`."""

    @extend_schema(
        operation_id="team_invite_again", tags=["team"], request=None, responses={200: shapes.PersonBody, **PROBLEMS}
    )
    def post(self, request: Request, user_id: int) -> Response:
        """Mail a fresh link to somebody who has not set a password yet; the earlier one is over."""
        by = _by(request)
        partners.invite_again(user_id=user_id, **by)
        return _person(user_id, by)


def _by(request: Request) -> dict[str, Any]:
    who = caller(request)
    who.require(Scope.TEAM_WRITE)
    limits = GrantLimits(scopes=who.scopes, user_id=request.user.pk)
    return {"partner_id": who.partner_id, "actor": who.actor, "limits": limits}


def _person(user_id: int, by: dict[str, Any]) -> Response:
    return Response(shapes.person_body(queries.person(user_id, partner_id=by["partner_id"])))
