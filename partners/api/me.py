"""What a partner reads about itself."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import queries
from partners.authentication import caller
from steller.problems import PROBLEMS


class PartnerProfile(serializers.Serializer[Any]):
    """The caller's partner, and what the caller may do."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    registration_number = serializers.CharField()
    address = serializers.CharField()
    phone = serializers.CharField()
    logo_url = serializers.CharField()
    is_suspended = serializers.BooleanField()
    mode = serializers.ChoiceField(choices=["live", "test"])
    actor = serializers.CharField(help_text="The key or user that asks: `key:7` or `user:12`.")
    scopes = serializers.ListField(child=serializers.CharField())


class MeView(APIView):
    """`GET /api/partner/me`."""

    @extend_schema(operation_id="partner_me", tags=["partner"], responses={200: PartnerProfile, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Read the partner that the key or user belongs to."""
        who = caller(request)
        partner = queries.partner_of(who.partner_id)
        return Response(
            {
                "id": partner.pk,
                "name": partner.name,
                "email": partner.email,
                "registration_number": partner.registration_number,
                "address": partner.address,
                "phone": partner.phone,
                "logo_url": partner.logo_url,
                "is_suspended": partner.is_suspended,
                "mode": who.mode.value,
                "actor": who.actor,
                "scopes": sorted(who.scopes),
            }
        )
