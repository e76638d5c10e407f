"""The addresses below `/api/wallet`: a partner's own money."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners.authentication import caller
from partners.queries import Scope
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS
from wallets import queries
from wallets import services as wallets
from wallets.api import bodies, ledger, shapes
from wallets.models import Wallet

NEWEST_FIRST = ("-id",)
REQUEST_LOOKUPS = {
    "status": "status",
    "reference": "reference",
    "created_after": "created_at__gte",
    "created_before": "created_at__lt",
}


class WalletsView(APIView):
    """`GET /api/wallet`."""

    @extend_schema(operation_id="wallet_list", tags=["wallet"], responses={200: shapes.WalletList, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """List the partner's wallets."""
        who = caller(request)
        who.require(Scope.WALLET_READ)
        own = queries.wallets_of(partner_id=who.partner_id, mode=who.mode)
        return Response({"results": [bodies.wallet_body(wallet) for wallet in own]})


class WalletView(APIView):
    """`/api/wallet/{id}`."""

    @extend_schema(operation_id="wallet_read", tags=["wallet"], responses={200: shapes.WalletBody, **PROBLEMS})
    def get(self, request: Request, wallet_id: int) -> Response:
        """Read a wallet."""
        return Response(bodies.wallet_body(_own(request, wallet_id)))

    @extend_schema(
        operation_id="wallet_change",
        tags=["wallet"],
        request=shapes.WalletChange,
        responses={200: shapes.WalletBody, **PROBLEMS},
    )
    def patch(self, request: Request, wallet_id: int) -> Response:
        """Set the balance below which you are warned, once each time it falls; null for no warning."""
        who = caller(request)
        who.require(Scope.WALLET_WRITE)
        change = fields_of(shapes.WalletChange, request.data)
        wallet = wallets.set_threshold(
            wallet_id=wallet_id,
            threshold=change["low_balance_threshold"],
            partner_id=who.partner_id,
            mode=who.mode,
            actor=who.actor,
        )
        return Response(bodies.wallet_body(wallet))


class EntriesView(APIView):
    """`GET /api/wallet/{id}/entry`."""

    renderer_classes = ledger.RENDERERS

    @ledger.describe_entries("wallet_entries", "wallet")
    def get(self, request: Request, wallet_id: int) -> ledger.Answer:
        """List what moved in a wallet, the latest first; with `format=csv` everything, the oldest first."""
        return ledger.answer_entries(_own(request, wallet_id), request)


class StatementView(APIView):
    """`GET /api/wallet/{id}/statement`."""

    renderer_classes = ledger.RENDERERS

    @ledger.describe_statement("wallet_statement", "wallet")
    def get(self, request: Request, wallet_id: int) -> ledger.Answer:
        """State a month: opening balance, totals by kind, closing balance, entries; also as `format=csv`."""
        return ledger.answer_statement(_own(request, wallet_id), request)


class TopUpsView(APIView):
    """`/api/wallet/{id}/top-up`: ask for one, list all."""

    @extend_schema(
        operation_id="wallet_top_up",
        tags=["wallet"],
        request=shapes.NewTopUp,
        responses={
            201: OpenApiResponse(shapes.TopUpBody, "We were told; the money is there once we have approved."),
            200: OpenApiResponse(shapes.TopUpBody, "We knew of it (with the header `Idempotent-Replayed: true`)."),
            **PROBLEMS,
        },
    )
    def post(self, request: Request, wallet_id: int) -> Response:
        """Tell us of money that you paid in, by its payment reference; repeat it as often as you need."""
        who = caller(request)
        who.require(Scope.WALLET_WRITE)
        body = fields_of(shapes.NewTopUp, request.data)
        asked = wallets.request_top_up(
            partner_id=who.partner_id, mode=who.mode, wallet_id=wallet_id, actor=who.actor, **body
        )
        return answer_asked(asked, bodies.top_up_body(asked.request))

    @extend_schema(
        operation_id="wallet_top_up_list",
        tags=["wallet"],
        parameters=[shapes.TopUpFilters, *PAGE_PARAMETERS],
        responses={200: page_of(shapes.TopUpBody), **PROBLEMS},
    )
    def get(self, request: Request, wallet_id: int) -> Response:
        """List what was paid in or asked for, the latest first."""
        top_ups = queries.top_ups_of(_own(request, wallet_id))
        filters = fields_of(shapes.TopUpFilters, request.query_params)
        top_ups = top_ups.filter(**{REQUEST_LOOKUPS[name]: value for name, value in filters.items()})
        return page(top_ups, request, ordering=NEWEST_FIRST, body=bodies.top_up_body)


def answer_asked(asked: wallets.Asked[Any], body: dict[str, object]) -> Response:
    """Answer a request that is new, or say that it was there before."""
    if asked.repeated:
        return Response(body, status=200, headers={"Idempotent-Replayed": "true"})
    return Response(body, status=201)


def _own(request: Request, wallet_id: int) -> Wallet:
    who = caller(request)
    who.require(Scope.WALLET_READ)
    return queries.wallet_of(wallet_id, partner_id=who.partner_id, mode=who.mode)
