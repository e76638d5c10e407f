"""Who calls: a partner's key in `X-Api-Key`, or a user by a JSON web token, a partner's or of our staff.

Either way one query finds the caller, and what the request may touch follows from `caller(request)` alone, or from
`staff(request)` at the addresses of our staff. `logins` decides who gets tokens and sessions in the first place;
`views` has what views begin with that keys cannot reach.
"""

from partners.authentication.callers import (
    Caller,
    IsPartner,
    IsStaff,
    IsUser,
    StaffCaller,
    caller,
    own_user,
    permitted,
    staff,
)
from partners.authentication.keys import ApiKeyAuthentication
from partners.authentication.tokens import PartnerJwtAuthentication

__all__ = [
    "ApiKeyAuthentication",
    "Caller",
    "IsPartner",
    "IsStaff",
    "IsUser",
    "PartnerJwtAuthentication",
    "StaffCaller",
    "caller",
    "own_user",
    "permitted",
    "staff",
]
