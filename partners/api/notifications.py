"""`/api/partner/notification`: which e-mails a partner gets, and where."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import queries
from partners import services as partners
from partners.authentication import Caller, caller
from partners.models import NotificationKind
from partners.queries import Scope
from partners.services.notifying import MOST_ADDRESSES
from steller.parsing import fields_of
from steller.problems import PROBLEMS


class PreferenceBody(serializers.Serializer[Any]):
    """One kind of e-mail: whether it is sent, and where; no addresses means your own."""

    kind = serializers.ChoiceField(choices=NotificationKind.choices)
    about = serializers.CharField()
    enabled = serializers.BooleanField()
    addresses = serializers.ListField(child=serializers.EmailField())


class PreferenceList(serializers.Serializer[Any]):
    """Every kind there is."""

    results = PreferenceBody(many=True)


class PreferenceChange(serializers.Serializer[Any]):
    """What to change of one kind; what is left out stays."""

    kind = serializers.ChoiceField(choices=NotificationKind.choices)
    enabled = serializers.BooleanField(required=False)
    addresses = serializers.ListField(child=serializers.EmailField(), required=False, max_length=MOST_ADDRESSES)


class PreferenceChanges(serializers.Serializer[Any]):
    """The kinds to change."""

    results = PreferenceChange(many=True, max_length=len(NotificationKind))  # type: ignore[call-arg]


class NotificationsView(APIView):
    """`/api/partner/notification`."""

    @extend_schema(operation_id="notification_list", tags=["partner"], responses={200: PreferenceList, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Read which e-mails are sent, and where."""
        return _answer(_manager(request))

    @extend_schema(
        operation_id="notification_change",
        tags=["partner"],
        request=PreferenceChanges,
        responses={200: PreferenceList, **PROBLEMS},
    )
    def patch(self, request: Request) -> Response:
        """Switch e-mails on or off, and say where they go; kinds that are left out stay as they are."""
        who = _manager(request)
        wanted = fields_of(PreferenceChanges, request.data)["results"]
        partners.change_preferences(
            partner_id=who.partner_id,
            changes={NotificationKind(each["kind"]): (each.get("enabled"), each.get("addresses")) for each in wanted},
            actor=who.actor,
        )
        return _answer(who)


def _manager(request: Request) -> Caller:
    who = caller(request)
    who.require(Scope.TEAM_WRITE)
    return who


def _answer(who: Caller) -> Response:
    rows = [
        {"kind": each.kind, "about": each.kind.label, "enabled": each.enabled, "addresses": list(each.addresses)}
        for each in queries.preferences_of(who.partner_id)
    ]
    return Response({"results": rows})
