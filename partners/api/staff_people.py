"""People as our staff manage them, partners' and our own: `/api/staff/user` and `/api/staff/role`.

Whoever manages people needs `partners.manage_people` for partners' and `partners.manage_staff` for our own.
"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from partners import queries
from partners import services as partners
from partners.api import people_shapes as shapes
from partners.authentication import StaffCaller, permitted
from partners.authentication.views import StaffView
from partners.services import GrantLimits
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS


class StaffUsersView(StaffView):
    """`/api/staff/user`."""

    @extend_schema(
        operation_id="staff_user_list",
        tags=["staff"],
        parameters=[shapes.PersonFilters, *PAGE_PARAMETERS],
        responses={200: page_of(shapes.StaffPersonBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List people, partners' and our own; removed ones with `status=removed` only."""
        permitted(request, "partners.view_user")
        found = queries.people_like(fields_of(shapes.PersonFilters, request.query_params))
        return page(found, request, ordering=("-id",), body=shapes.staff_person_body)

    @extend_schema(
        operation_id="staff_user_invite",
        tags=["staff"],
        request=shapes.StaffInvitation,
        responses={201: shapes.StaffPersonBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Invite somebody to our staff, or with `partner_id` to a partner's team."""
        who = permitted(request, "partners.manage_people")
        fields = fields_of(shapes.StaffInvitation, request.data)
        if fields["partner_id"] is None:
            who.require("partners.manage_staff")
        else:
            queries.partner(fields["partner_id"])
        user_id = partners.invite_user(**fields, **_by(who))
        return _person(user_id, status=201)


class StaffUserView(StaffView):
    """`/api/staff/user/{id}`."""

    @extend_schema(operation_id="staff_user_read", tags=["staff"], responses={200: shapes.StaffPersonBody, **PROBLEMS})
    def get(self, request: Request, user_id: int) -> Response:
        """Read somebody."""
        permitted(request, "partners.view_user")
        return _person(user_id)

    @extend_schema(
        operation_id="staff_user_change",
        tags=["staff"],
        request=shapes.StaffPersonChange,
        responses={200: shapes.StaffPersonBody, **PROBLEMS},
    )
    def patch(self, request: Request, user_id: int) -> Response:
        """Change somebody's role, extra permissions, name, phone or address; what is left out stays."""
        by = _manager(request, user_id)
        partners.change_user(user_id=user_id, **fields_of(shapes.StaffPersonChange, request.data), **by)
        return _person(user_id)

    @extend_schema(
        operation_id="staff_user_remove", tags=["staff"], request=shapes.Reason, responses={204: None, **PROBLEMS}
    )
    def delete(self, request: Request, user_id: int) -> Response:
        """Remove somebody for good; name, addresses, phone and password are blanked. The body has the `reason`."""
        by = _manager(request, user_id)
        partners.remove_user(user_id=user_id, **fields_of(shapes.Reason, request.data), **by)
        return Response(status=204)


class StaffUserDeactivateView(StaffView):
    """`/api/staff/user/{id}/deactivate`."""

    @extend_schema(
        operation_id="staff_user_deactivate",
        tags=["staff"],
        request=shapes.Reason,
        responses={200: shapes.StaffPersonBody, **PROBLEMS},
    )
    def post(self, request: Request, user_id: int) -> Response:
        """Keep somebody out until reactivated; sessions and tokens end."""
        by = _manager(request, user_id)
        partners.deactivate_user(user_id=user_id, **fields_of(shapes.Reason, request.data), **by)
        return _person(user_id)


class StaffUserReactivateView(StaffView):
    """`/api/staff/user/{id}/reactivate`."""

    @extend_schema(
        operation_id="staff_user_reactivate",
        tags=["staff"],
        request=shapes.Reason,
        responses={200: shapes.StaffPersonBody, **PROBLEMS},
    )
    def post(self, request: Request, user_id: int) -> Response:
        """Let somebody in again."""
        by = _manager(request, user_id)
        partners.reactivate_user(user_id=user_id, **fields_of(shapes.Reason, request.data), **by)
        return _person(user_id)


class StaffUserUnlockView(StaffView):
    """`/api/staff/user/{id}/unlock`."""

    @extend_schema(
        operation_id="staff_user_unlock", tags=["staff"], request=shapes.Reason, responses={204: None, **PROBLEMS}
    )
    def post(self, request: Request, user_id: int) -> Response:
        """Let somebody try again before the cool-off after wrong passwords is over."""
        by = _manager(request, user_id)
        partners.unlock_user(user_id=user_id, **fields_of(shapes.Reason, request.data), **by)
        return Response(status=204)


class StaffUserLogOutView(StaffView):
    """`/api/staff/user/{id}/log-out`."""

    @extend_schema(
        operation_id="staff_user_log_out", tags=["staff"], request=shapes.Reason, responses={204: None, **PROBLEMS}
    )
    def post(self, request: Request, user_id: int) -> Response:
        """End somebody's sessions and tokens; who knows the password may log in again."""
        by = _manager(request, user_id)
        partners.log_out_user(user_id=user_id, **fields_of(shapes.Reason, request.data), **by)
        return Response(status=204)


class StaffUserSecondFactorView(StaffView):
    """`/api/staff/user/{id}/reset-second-factor`."""

    @extend_schema(
        operation_id="staff_user_reset_second_factor",
        tags=["staff"],
        request=shapes.Reason,
        responses={204: None, **PROBLEMS},
    )
    def post(self, request: Request, user_id: int) -> Response:
        """Take somebody's second factor away, since phone and recovery codes are lost."""
        by = _manager(request, user_id)
        partners.reset_second_factor(user_id=user_id, **fields_of(shapes.Reason, request.data), **by)
        return Response(status=204)


class StaffUserInviteView(StaffView):
    """`/api/staff/user/{id}/invite`."""

    @extend_schema(
        operation_id="staff_user_invite_again",
        tags=["staff"],
        request=None,
        responses={200: shapes.StaffPersonBody, **PROBLEMS},
    )
    def post(self, request: Request, user_id: int) -> Response:
        """Mail a fresh link to somebody who has not set a password yet; the earlier one is over."""
        partners.invite_again(user_id=user_id, **_manager(request, user_id))
        return _person(user_id)


class StaffRolesView(StaffView):
    """`/api/staff/role`."""

    @extend_schema(operation_id="staff_role_list", tags=["staff"], responses={200: shapes.RoleList, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Read what each role may do, and which permissions there are."""
        permitted(request, "partners.view_user")
        return Response(shapes.role_list())


def _by(who: StaffCaller) -> dict[str, Any]:
    permissions = None if who.user.is_superuser else who.permissions
    return {"actor": who.actor, "limits": GrantLimits(permissions=permissions, user_id=who.user_id)}


def _manager(request: Request, user_id: int) -> dict[str, Any]:
    who = permitted(request, "partners.manage_people")
    if queries.person(user_id).partner_id is None:
        who.require("partners.manage_staff")
    return _by(who)


def _person(user_id: int, *, status: int = 200) -> Response:
    return Response(shapes.staff_person_body(queries.person(user_id)), status=status)
