"""Addresses of the API that need several apps at once: keys with their test wallets, partners opened and closed."""

from steller.portal.api.keys import KeyRevokeView, KeyRotateView, KeysView
from steller.portal.api.staff_keys import StaffKeyRevokeView, StaffKeyRotateView, StaffKeysView
from steller.portal.api.staff_partners import (
    StaffPartnerResumeView,
    StaffPartnerSuspendView,
    StaffPartnersView,
    StaffPartnerView,
)

__all__ = [
    "KeyRevokeView",
    "KeyRotateView",
    "KeysView",
    "StaffKeyRevokeView",
    "StaffKeyRotateView",
    "StaffKeysView",
    "StaffPartnerResumeView",
    "StaffPartnerSuspendView",
    "StaffPartnerView",
    "StaffPartnersView",
]
