"""Partners over HTTP: logging in, one's own access, a partner's team, what it is told; for staff people and the log."""

from partners.api.audit import OwnAuditView, StaffAuditView
from partners.api.auth import (
    InvitationView,
    LoginView,
    LogoutView,
    PasswordView,
    RefreshView,
    ResetConfirmView,
    ResetView,
)
from partners.api.events import EventsView
from partners.api.me import MeView
from partners.api.notifications import NotificationsView
from partners.api.requests import RequestLogView
from partners.api.second_factor import (
    RecoveryCodesView,
    SecondFactorConfirmView,
    SecondFactorRemoveView,
    SecondFactorView,
)
from partners.api.staff_contacts import StaffContactsView, StaffContactView
from partners.api.staff_people import (
    StaffRolesView,
    StaffUserDeactivateView,
    StaffUserInviteView,
    StaffUserLogOutView,
    StaffUserReactivateView,
    StaffUserSecondFactorView,
    StaffUsersView,
    StaffUserUnlockView,
    StaffUserView,
)
from partners.api.team import TeamDeactivateView, TeamInviteAgainView, TeamMemberView, TeamReactivateView, TeamView
from partners.api.webhooks import DeliveriesView, EndpointsView, EndpointView, ReplayView, RotateView, TestSendView

__all__ = [
    "DeliveriesView",
    "EndpointView",
    "EndpointsView",
    "EventsView",
    "InvitationView",
    "LoginView",
    "LogoutView",
    "MeView",
    "NotificationsView",
    "OwnAuditView",
    "PasswordView",
    "RecoveryCodesView",
    "RefreshView",
    "ReplayView",
    "RequestLogView",
    "ResetConfirmView",
    "ResetView",
    "RotateView",
    "SecondFactorConfirmView",
    "SecondFactorRemoveView",
    "SecondFactorView",
    "StaffAuditView",
    "StaffContactView",
    "StaffContactsView",
    "StaffRolesView",
    "StaffUserDeactivateView",
    "StaffUserInviteView",
    "StaffUserLogOutView",
    "StaffUserReactivateView",
    "StaffUserSecondFactorView",
    "StaffUserUnlockView",
    "StaffUserView",
    "StaffUsersView",
    "TeamDeactivateView",
    "TeamInviteAgainView",
    "TeamMemberView",
    "TeamReactivateView",
    "TeamView",
    "TestSendView",
]
