"""What staff do with the catalog: synchronise it, set commissions, choose what partners see, ask for a price."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import queries, services
from catalog.api import staff_bodies as bodies
from catalog.models import CommissionRule, SyncRun
from catalog.services import Author, Commission, RuleScope, Target
from partners.authentication import StaffCaller, permitted
from partners.authentication.views import StaffView
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS

_NEWEST_FIRST = ("-id",)


class SyncView(StaffView):
    """`/api/staff/catalog/sync`."""

    @extend_schema(
        operation_id="staff_sync_list",
        tags=["staff"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(bodies.SyncRunBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List synchronisations with what they did, the latest first."""
        permitted(request, "catalog.view_syncrun")
        return page(queries.sync_runs(), request, ordering=_NEWEST_FIRST, body=bodies.sync_run_body)

    @extend_schema(
        operation_id="staff_sync_request",
        tags=["staff"],
        request=bodies.WithReason,
        responses={202: bodies.SyncRunBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Ask for a synchronisation; one that still waits is answered again."""
        who = permitted(request, "catalog.request_sync")
        reason = fields_of(bodies.WithReason, request.data).get("reason", "")
        run = services.request_sync(actor=who.actor, trigger=SyncRun.Trigger.STAFF, reason=reason)
        return Response(bodies.sync_run_body(run), status=202)


class SyncRunView(StaffView):
    """`/api/staff/catalog/sync/{id}`."""

    @extend_schema(operation_id="staff_sync_read", tags=["staff"], responses={200: bodies.SyncRunBody, **PROBLEMS})
    def get(self, request: Request, run_id: int) -> Response:
        """Read a synchronisation: to see how the one that one asked for went."""
        permitted(request, "catalog.view_syncrun")
        return Response(bodies.sync_run_body(queries.sync_run(run_id)))


class CommissionsView(StaffView):
    """`/api/staff/commission`."""

    @extend_schema(
        operation_id="staff_commission_list",
        tags=["staff"],
        parameters=[bodies.CommissionFilters, *PAGE_PARAMETERS],
        responses={200: page_of(bodies.CommissionBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List commission rules, the newest first: ended ones too, as they explain old prices."""
        permitted(request, "catalog.view_commissionrule")
        filters = fields_of(bodies.CommissionFilters, request.query_params)
        return page(_commissions(filters), request, ordering=_NEWEST_FIRST, body=bodies.commission_body)

    @extend_schema(
        operation_id="staff_commission_open",
        tags=["staff"],
        request=bodies.NewCommission,
        responses={201: bodies.CommissionBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Open a rule; the one of the same scope that is in force then ends."""
        who = permitted(request, "catalog.add_commissionrule")
        body = fields_of(bodies.NewCommission, request.data)
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


class CommissionView(StaffView):
    """`/api/staff/commission/{id}`."""

    @extend_schema(
        operation_id="staff_commission_read", tags=["staff"], responses={200: bodies.CommissionBody, **PROBLEMS}
    )
    def get(self, request: Request, rule_id: int) -> Response:
        """Read a rule."""
        permitted(request, "catalog.view_commissionrule")
        return Response(bodies.commission_body(queries.commission_rule(rule_id)))

    @extend_schema(
        operation_id="staff_commission_end",
        tags=["staff"],
        request=bodies.CommissionEnd,
        responses={200: bodies.CommissionBody, **PROBLEMS},
    )
    def patch(self, request: Request, rule_id: int) -> Response:
        """End a rule. Its terms never change: open another one instead."""
        who = permitted(request, "catalog.change_commissionrule")
        body = fields_of(bodies.CommissionEnd, request.data)
        ended = services.end_commission(rule_id=rule_id, author=_author(who, body), ends_at=body.get("ends_at"))
        return Response(bodies.commission_body(ended))


class CatalogRulesView(StaffView):
    """`/api/staff/catalog/rule`."""

    @extend_schema(
        operation_id="staff_catalog_rule_list",
        tags=["staff"],
        parameters=[bodies.CatalogRuleFilters, *PAGE_PARAMETERS],
        responses={200: page_of(bodies.CatalogRuleBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List what partners may see and buy, the newest rule first."""
        permitted(request, "catalog.view_catalogrule")
        filters = fields_of(bodies.CatalogRuleFilters, request.query_params)
        rules = queries.catalog_rules(in_force=filters["in_force"])
        if "partner" in filters:
            rules = rules.filter(Q(partner=filters["partner"]) | Q(partner=None))
        return page(rules, request, ordering=_NEWEST_FIRST, body=bodies.catalog_rule_body)

    @extend_schema(
        operation_id="staff_catalog_rule_set",
        tags=["staff"],
        request=bodies.NewCatalogRule,
        responses={201: bodies.CatalogRuleBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Allow or deny a product, a brand, a category, a country or everything; the rule about the same thing ends."""
        who = permitted(request, "catalog.add_catalogrule")
        body = fields_of(bodies.NewCatalogRule, request.data)
        names = ("partner_id", "product_id", "brand_id", "category_id")
        target = Target(**{name: body.get(name) for name in names}, country=body.get("country", "").upper())
        rule = services.set_catalog_rule(target=target, effect=body["effect"], author=_author(who, body))
        return Response(bodies.catalog_rule_body(rule), status=201)


class CatalogRuleView(StaffView):
    """`/api/staff/catalog/rule/{id}`."""

    @extend_schema(
        operation_id="staff_catalog_rule_end",
        tags=["staff"],
        request=bodies.RequiredReason,
        responses={200: bodies.CatalogRuleBody, **PROBLEMS},
    )
    def patch(self, request: Request, rule_id: int) -> Response:
        """End a rule now."""
        who = permitted(request, "catalog.change_catalogrule")
        body = fields_of(bodies.RequiredReason, request.data)
        return Response(bodies.catalog_rule_body(services.end_catalog_rule(rule_id=rule_id, author=_author(who, body))))


class PriceView(StaffView):
    """`/api/staff/price`."""

    @extend_schema(
        operation_id="staff_price",
        tags=["staff"],
        parameters=[bodies.PriceQuestion],
        responses={200: bodies.ExplanationBody, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Tell what a partner would pay now for one card, and why."""
        permitted(request, "catalog.view_commissionrule")
        asked = fields_of(bodies.PriceQuestion, request.query_params)
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


def _author(who: StaffCaller, body: dict[str, Any]) -> Author:
    return Author(who.actor, body.get("reason", ""))
