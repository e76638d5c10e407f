"""The addresses below `/api/staff/wallet`: everybody's money, for our staff."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from partners.authentication import permitted
from partners.authentication.views import StaffView
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS
from wallets import queries
from wallets import services as wallets
from wallets.api import bodies, ledger, shapes
from wallets.api.partner import NEWEST_FIRST, answer_asked

_TAG = "staff: wallet"
_RECORDED = {
    201: OpenApiResponse(shapes.StaffRequestBody, "Booked, or `pending` if a second person has to approve."),
    200: OpenApiResponse(shapes.StaffRequestBody, "Known (with the header `Idempotent-Replayed: true`)."),
    **PROBLEMS,
}


class StaffWalletsView(StaffView):
    """`/api/staff/wallet`: list all, open one."""

    @extend_schema(
        operation_id="staff_wallet_list",
        tags=[_TAG],
        parameters=[shapes.WalletFilters, *PAGE_PARAMETERS],
        responses={200: page_of(shapes.StaffWalletBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List wallets, the latest first."""
        permitted(request, "wallets.view_wallet")
        filters = fields_of(shapes.WalletFilters, request.query_params)
        found = queries.all_wallets(is_low=filters.pop("is_low")).filter(**filters)
        return page(found, request, ordering=NEWEST_FIRST, body=bodies.staff_wallet_body)

    @extend_schema(
        operation_id="staff_wallet_open",
        tags=[_TAG],
        request=shapes.NewWallet,
        responses={200: OpenApiResponse(shapes.StaffWalletBody, "The wallet, new or as it was."), **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Open a further wallet for a partner."""
        who = permitted(request, "wallets.add_wallet")
        body = fields_of(shapes.NewWallet, request.data)
        wallet_id = wallets.open_further_wallet(actor=who.actor, **body)
        return Response(bodies.staff_wallet_body(queries.wallet_of(wallet_id)))


class StaffWalletView(StaffView):
    """`/api/staff/wallet/{id}`."""

    @extend_schema(operation_id="staff_wallet_read", tags=[_TAG], responses={200: shapes.StaffWalletBody, **PROBLEMS})
    def get(self, request: Request, wallet_id: int) -> Response:
        """Read a wallet."""
        permitted(request, "wallets.view_wallet")
        return Response(bodies.staff_wallet_body(queries.wallet_of(wallet_id)))

    @extend_schema(
        operation_id="staff_wallet_change",
        tags=[_TAG],
        request=shapes.WalletChange,
        responses={200: shapes.StaffWalletBody, **PROBLEMS},
    )
    def patch(self, request: Request, wallet_id: int) -> Response:
        """Set the balance below which the partner is warned; null for no warning."""
        who = permitted(request, "wallets.change_wallet")
        change = fields_of(shapes.WalletChange, request.data)
        wallets.set_threshold(wallet_id=wallet_id, threshold=change["low_balance_threshold"], actor=who.actor)
        return Response(bodies.staff_wallet_body(queries.wallet_of(wallet_id)))


class StaffEntriesView(StaffView):
    """`GET /api/staff/wallet/{id}/entry`."""

    renderer_classes = ledger.RENDERERS

    @ledger.describe_entries("staff_wallet_entries", _TAG)
    def get(self, request: Request, wallet_id: int) -> ledger.Answer:
        """List what moved in a wallet, the latest first; with `format=csv` everything, the oldest first."""
        permitted(request, "wallets.view_walletentry")
        return ledger.answer_entries(queries.wallet_of(wallet_id), request)


class StaffStatementView(StaffView):
    """`GET /api/staff/wallet/{id}/statement`."""

    renderer_classes = ledger.RENDERERS

    @ledger.describe_statement("staff_wallet_statement", _TAG)
    def get(self, request: Request, wallet_id: int) -> ledger.Answer:
        """State a month: opening balance, totals by kind, closing balance, entries; also as `format=csv`."""
        permitted(request, "wallets.view_walletentry")
        return ledger.answer_statement(queries.wallet_of(wallet_id), request)


class StaffTopUpView(StaffView):
    """`POST /api/staff/wallet/{id}/top-up`."""

    @extend_schema(
        operation_id="staff_wallet_top_up",
        tags=[_TAG],
        request=shapes.NewTopUp,
        responses=_RECORDED,
    )
    def post(self, request: Request, wallet_id: int) -> Response:
        """Record money that arrived, by its payment reference, and book it if that needs no second person."""
        who = permitted(request, "wallets.approve_topup")
        body = fields_of(shapes.NewTopUp, request.data)
        asked = wallets.record_top_up(wallet_id=wallet_id, actor=who.actor, **body)
        return answer_asked(asked, bodies.staff_request_body(asked.request))


class StaffAdjustView(StaffView):
    """`POST /api/staff/wallet/{id}/adjust`."""

    @extend_schema(
        operation_id="staff_wallet_adjust",
        tags=[_TAG],
        request=shapes.NewAdjustment,
        responses=_RECORDED,
    )
    def post(self, request: Request, wallet_id: int) -> Response:
        """Correct a balance, up or down, never below zero, and book it if that needs no second person."""
        who = permitted(request, "wallets.adjust_wallet")
        body = fields_of(shapes.NewAdjustment, request.data)
        asked = wallets.record_adjustment(wallet_id=wallet_id, actor=who.actor, **body)
        return answer_asked(asked, bodies.staff_request_body(asked.request))
