"""Partners, their people and keys, what they are told; each change of access has its entry in the audit log."""

from partners.services.audit import record_audit
from partners.services.closing import remove_partner
from partners.services.contacts import add_contact, change_contact, remove_contact
from partners.services.emails import queue_email
from partners.services.events import number_events, record_event
from partners.services.forgetting import forget_old
from partners.services.granting import GrantLimits
from partners.services.keys import (
    LONGEST_OVERLAP,
    MakerLimits,
    NewKey,
    create_api_key,
    note_key_use,
    revoke_api_key,
    rotate_api_key,
)
from partners.services.links import is_link_usable
from partners.services.mailing import send_emails
from partners.services.notifying import change_preferences, notify
from partners.services.partners import (
    CHANGEABLE,
    change_partner,
    create_partner,
    lock_partner,
    resume_partner,
    suspend_partner,
)
from partners.services.passwords import ask_for_reset, change_password, set_password_by_link
from partners.services.people import (
    NewUser,
    change_role,
    change_user,
    create_user,
    deactivate_user,
    describe_user,
    end_sessions,
    invite_again,
    invite_user,
    log_out_user,
    reactivate_user,
    remove_user,
    require_second_factor,
    reset_second_factor,
    set_extra_permissions,
    unlock_user,
)
from partners.services.requests import Noted, forget_requests, note_request, store_requests
from partners.services.roles import PARTNER_ROLES, STAFF_ROLES, grant_roles, staff_permissions
from partners.services.second_factors import (
    Enrolment,
    confirm_second_factor,
    give_up_second_factor,
    remove_second_factor,
    renew_recovery_codes,
    start_second_factor,
    use_code,
)
from partners.services.sending import deliver_due
from partners.services.webhooks import (
    EndpointChange,
    NewEndpoint,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    replay,
    request_test,
    rotate_secret,
)

__all__ = [
    "CHANGEABLE",
    "LONGEST_OVERLAP",
    "PARTNER_ROLES",
    "STAFF_ROLES",
    "EndpointChange",
    "Enrolment",
    "GrantLimits",
    "MakerLimits",
    "NewEndpoint",
    "NewKey",
    "NewUser",
    "Noted",
    "add_contact",
    "ask_for_reset",
    "change_contact",
    "change_endpoint",
    "change_partner",
    "change_password",
    "change_preferences",
    "change_role",
    "change_user",
    "confirm_second_factor",
    "create_api_key",
    "create_endpoint",
    "create_partner",
    "create_user",
    "deactivate_user",
    "delete_endpoint",
    "deliver_due",
    "describe_user",
    "end_sessions",
    "forget_old",
    "forget_requests",
    "give_up_second_factor",
    "grant_roles",
    "invite_again",
    "invite_user",
    "is_link_usable",
    "lock_partner",
    "log_out_user",
    "note_key_use",
    "note_request",
    "notify",
    "number_events",
    "queue_email",
    "reactivate_user",
    "record_audit",
    "record_event",
    "remove_contact",
    "remove_partner",
    "remove_second_factor",
    "remove_user",
    "renew_recovery_codes",
    "replay",
    "request_test",
    "require_second_factor",
    "reset_second_factor",
    "resume_partner",
    "revoke_api_key",
    "rotate_api_key",
    "rotate_secret",
    "send_emails",
    "set_extra_permissions",
    "set_password_by_link",
    "staff_permissions",
    "start_second_factor",
    "store_requests",
    "suspend_partner",
    "unlock_user",
    "use_code",
]
