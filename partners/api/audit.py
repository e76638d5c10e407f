"""The audit log: all of it for our staff, and for a partner who read its cards and changed its access."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import queries
from partners.authentication import caller, permitted
from partners.authentication.views import StaffView
from partners.models import AuditEntry
from partners.queries import Scope
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS

_NEWEST_FIRST = ("-id",)


class AuditFilters(serializers.Serializer[Any]):
    """Which entries to list."""

    action = serializers.CharField(required=False, help_text="Such as card.reveal.")
    actor = serializers.CharField(required=False, help_text="Such as user:12 or key:7.")
    subject = serializers.CharField(required=False, help_text="Such as order:<id>.")
    after = serializers.DateTimeField(required=False)
    before = serializers.DateTimeField(required=False)


class StaffAuditFilters(AuditFilters):
    """Which entries to list."""

    partner_id = serializers.IntegerField(required=False)
    reference_id = serializers.CharField(required=False)


class _AuditBody(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    action = serializers.CharField()
    subject = serializers.CharField()
    after = serializers.JSONField(help_text="Null, or of a reveal: the ids of the cards.")
    address = serializers.CharField(allow_null=True)
    reference_id = serializers.CharField()


class OwnAuditBody(_AuditBody):
    """Who did what; the address of our own staff is not told."""

    is_staff = serializers.BooleanField(help_text="Whether it was done by us: our staff, or our system.")


class AuditBody(_AuditBody):
    """Who did what, why, and what was before."""

    partner_id = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    before = serializers.JSONField(help_text="May be null.")


class OwnAuditView(APIView):
    """`/api/partner/audit`."""

    @extend_schema(
        operation_id="audit_list",
        tags=["partner"],
        parameters=[AuditFilters, *PAGE_PARAMETERS],
        responses={200: page_of(OwnAuditBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List who read your cards, our staff too, and who changed your keys and people; the latest first."""
        who = caller(request)
        who.require(Scope.AUDIT_READ)
        filters = fields_of(AuditFilters, request.query_params)
        own = queries.own_actors(who.partner_id)

        def body(entry: AuditEntry) -> dict[str, Any]:
            by_us = not entry.actor.startswith("key:") and entry.actor not in own
            return {**_body(entry), "is_staff": by_us, "address": None if by_us else entry.address}

        entries = queries.audit_entries_of(who.partner_id, filters)
        return page(entries, request, ordering=_NEWEST_FIRST, body=body)


class StaffAuditView(StaffView):
    """`/api/staff/audit`."""

    @extend_schema(
        operation_id="staff_audit_list",
        tags=["staff"],
        parameters=[StaffAuditFilters, *PAGE_PARAMETERS],
        responses={200: page_of(AuditBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List every change of money, price and access and every reveal of a card, the latest first."""
        permitted(request, "partners.view_auditentry")
        filters = fields_of(StaffAuditFilters, request.query_params)
        return page(queries.audit_entries(filters), request, ordering=_NEWEST_FIRST, body=_staff_body)


def _staff_body(entry: AuditEntry) -> dict[str, Any]:
    return {**_body(entry), "partner_id": entry.partner_id, "reason": entry.reason, "before": entry.before}


def _body(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "after": entry.after,
        "address": entry.address,
        "reference_id": entry.reference_id,
    }
