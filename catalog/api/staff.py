"""What staff do with the catalog: synchronise it, set commissions, choose what partners see, ask for a price."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import queries, services
from catalog.api import staff_bodies as bodies
from catalog.models import CatalogRule, CommissionRule, SyncRun
from catalog.services import Author, Commission, RuleScope, Target
from partners.authentication import STAFF_AUTHENTICATION, IsStaff, StaffCaller, staff
from steller.errors import NotFoundError
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.problems import PROBLEMS

_NEWEST_FIRST = ("-id",)


class _StaffView(APIView):
    authentication_classes = STAFF_AUTHENTICATION
    permission_classes = (IsStaff,)


class SyncView(_StaffView):
    """`/api/staff/catalog/sync`."""

    @extend_schema(
        operation_id="staff_sync_list",
        tags=["staff"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(bodies.SyncRunBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List synchronisations with what they did, the latest first."""
        staff(request).require("catalog.view_syncrun")
        return page(SyncRun.objects.all(), request, ordering=_NEWEST_FIRST, body=bodies.sync_run_body)

    @extend_schema(
        operation_id="staff_sync_request",
        tags=["staff"],
        request=bodies.WithReason,
        responses={202: bodies.SyncRunBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Ask for a synchronisation; one that still waits is answered again."""
        who = staff(request)
        who.require("catalog.request_sync")
        reason = _valid(bodies.WithReason, request).get("reason", "")
        run = services.request_sync(
            actor=who.actor,
            trigger=SyncRun.Trigger.STAFF,
            reason=reason,
            address=who.address,
            reference_id=who.reference_id,
        )
        return Response(bodies.sync_run_body(run), status=202)


class SyncRunView(_StaffView):
    """`/api/staff/catalog/sync/{id}`."""

    @extend_schema(operation_id="staff_sync_read", tags=["staff"], responses={200: bodies.SyncRunBody, **PROBLEMS})
    def get(self, request: Request, run_id: int) -> Response:
        """Read a synchronisation: to see how the one that one asked for went."""
        staff(request).require("catalog.view_syncrun")
        run = SyncRun.objects.filter(pk=run_id).first()
        if run is None:
            raise NotFoundError("No such synchronisation.")
        return Response(bodies.sync_run_body(run))


class CommissionsView(_StaffView):
    """`/api/staff/commission`."""

    @extend_schema(
        operation_id="staff_commission_list",
        tags=["staff"],
        parameters=[bodies.CommissionFilters, *PAGE_PARAMETERS],
        responses={200: page_of(bodies.CommissionBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List commission rules, the newest first: ended ones too, as they explain old prices."""
        staff(request).require("catalog.view_commissionrule")
        filters = _valid(bodies.CommissionFilters, request, of_query=True)
        return page(_commissions(filters), request, ordering=_NEWEST_FIRST, body=bodies.commission_body)

    @extend_schema(
        operation_id="staff_commission_open",
        tags=["staff"],
        request=bodies.NewCommission,
        responses={201: bodies.CommissionBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Open a rule; the one of the same scope that is in force then ends."""
        who = staff(request)
        who.require("catalog.add_commissionrule")
        body = _valid(bodies.NewCommission, request)
        rule = services.open_commission(
            scope=RuleScope(
                partner_id=body.get("partner_id"),
                product_id=body.get("product_id"),
                brand_id=body.get("brand_id"),
                currency=body.get("currency", "").upper(),
            ),
            commission=Commission(body["kind"], body["basis"], body["value"]),
            author=_author(who, body),
            starts_at=body.get("starts_at"),
            ends_at=body.get("ends_at"),
        )
        return Response(bodies.commission_body(rule), status=201)


class CommissionView(_StaffView):
    """`/api/staff/commission/{id}`."""

    @extend_schema(
        operation_id="staff_commission_read", tags=["staff"], responses={200: bodies.CommissionBody, **PROBLEMS}
    )
    def get(self, request: Request, rule_id: int) -> Response:
        """Read a rule."""
        staff(request).require("catalog.view_commissionrule")
        rule = CommissionRule.objects.filter(pk=rule_id).first()
        if rule is None:
            raise NotFoundError("No such commission rule.")
        return Response(bodies.commission_body(rule))

    @extend_schema(
        operation_id="staff_commission_end",
        tags=["staff"],
        request=bodies.CommissionEnd,
        responses={200: bodies.CommissionBody, **PROBLEMS},
    )
    def patch(self, request: Request, rule_id: int) -> Response:
        """End a rule. Its terms never change: open another one instead."""
        who = staff(request)
        who.require("catalog.change_commissionrule")
        body = _valid(bodies.CommissionEnd, request)
        ended = services.end_commission(rule_id=rule_id, author=_author(who, body), ends_at=body.get("ends_at"))
        return Response(bodies.commission_body(ended))


class CatalogRulesView(_StaffView):
    """`/api/staff/catalog/rule`."""

    @extend_schema(
        operation_id="staff_catalog_rule_list",
        tags=["staff"],
        parameters=[bodies.CatalogRuleFilters, *PAGE_PARAMETERS],
        responses={200: page_of(bodies.CatalogRuleBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List what partners may see and buy, the newest rule first."""
        staff(request).require("catalog.view_catalogrule")
        filters = _valid(bodies.CatalogRuleFilters, request, of_query=True)
        rules = CatalogRule.objects.all()
        if "partner" in filters:
            rules = rules.filter(Q(partner=filters["partner"]) | Q(partner=None))
        if filters.get("in_force"):
            rules = rules.filter(ended_at=None)
        return page(rules, request, ordering=_NEWEST_FIRST, body=bodies.catalog_rule_body)

    @extend_schema(
        operation_id="staff_catalog_rule_set",
        tags=["staff"],
        request=bodies.NewCatalogRule,
        responses={201: bodies.CatalogRuleBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Allow or deny a product, a brand, a category, a country or everything; the rule about the same thing ends."""
        who = staff(request)
        who.require("catalog.add_catalogrule")
        body = _valid(bodies.NewCatalogRule, request)
        names = ("partner_id", "product_id", "brand_id", "category_id")
        target = Target(**{name: body.get(name) for name in names}, country=body.get("country", "").upper())
        rule = services.set_catalog_rule(target=target, effect=body["effect"], author=_author(who, body))
        return Response(bodies.catalog_rule_body(rule), status=201)


class CatalogRuleView(_StaffView):
    """`/api/staff/catalog/rule/{id}`."""

    @extend_schema(
        operation_id="staff_catalog_rule_end",
        tags=["staff"],
        request=bodies.RequiredReason,
        responses={200: bodies.CatalogRuleBody, **PROBLEMS},
    )
    def patch(self, request: Request, rule_id: int) -> Response:
        """End a rule now."""
        who = staff(request)
        who.require("catalog.change_catalogrule")
        body = _valid(bodies.RequiredReason, request)
        return Response(bodies.catalog_rule_body(services.end_catalog_rule(rule_id=rule_id, author=_author(who, body))))


class PriceView(_StaffView):
    """`/api/staff/price`."""

    @extend_schema(
        operation_id="staff_price",
        tags=["staff"],
        parameters=[bodies.PriceQuestion],
        responses={200: bodies.ExplanationBody, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Tell what a partner would pay now for one card, and why."""
        staff(request).require("catalog.view_commissionrule")
        asked = _valid(bodies.PriceQuestion, request, of_query=True)
        told = queries.price_explanation(
            partner_id=asked["partner"],
            product_id=asked["product"],
            face_value=asked["face_value"],
            currency=asked.get("currency", "").upper() or None,
        )
        return Response(bodies.explanation_body(told))


def _commissions(filters: dict[str, Any]) -> QuerySet[CommissionRule]:
    names = ("partner", "product", "brand", "currency")
    rules = queries.commission_rules(in_force=filters.get("in_force", False))
    return rules.filter(**{name: filters[name] for name in names if name in filters})


def _valid(shape: type[Any], request: Request, *, of_query: bool = False) -> dict[str, Any]:
    form = shape(data=request.query_params if of_query else request.data)
    form.is_valid(raise_exception=True)
    fields: dict[str, Any] = form.validated_data
    return fields


def _author(who: StaffCaller, body: dict[str, Any]) -> Author:
    return Author(who.actor, body.get("reason", ""), who.address, who.reference_id)
