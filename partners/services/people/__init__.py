"""People who log in, each in one role: made or invited, given another role, deactivated, removed."""

from partners.services.people.changing import (
    change_role,
    change_user,
    deactivate_user,
    describe_user,
    reactivate_user,
    remove_user,
    set_extra_permissions,
)
from partners.services.people.joining import NewUser, create_user, invite_again, invite_user
from partners.services.people.own import end_sessions
from partners.services.people.rescuing import log_out_user, require_second_factor, reset_second_factor, unlock_user

__all__ = [
    "NewUser",
    "change_role",
    "change_user",
    "create_user",
    "deactivate_user",
    "describe_user",
    "end_sessions",
    "invite_again",
    "invite_user",
    "log_out_user",
    "reactivate_user",
    "remove_user",
    "require_second_factor",
    "reset_second_factor",
    "set_extra_permissions",
    "unlock_user",
]
