"""What views begin with that partners' keys cannot reach: those of our staff, and those of people about themselves."""

from rest_framework.views import APIView

from partners.authentication.callers import IsStaff, IsUser
from partners.authentication.tokens import PartnerJwtAuthentication


class StaffView(APIView):
    """A view for our staff, who have no keys; each method says which permission it needs."""

    authentication_classes = (PartnerJwtAuthentication,)
    permission_classes = (IsStaff,)


class OwnView(APIView):
    """A view for what people do for themselves, partners' and our own."""

    authentication_classes = (PartnerJwtAuthentication,)
    permission_classes = (IsUser,)
