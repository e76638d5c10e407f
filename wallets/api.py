"""What partners read of their money: wallets and their entries, currencies, exchange rates."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners.authentication import caller
from partners.queries import Scope
from steller.money import display
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.problems import PROBLEMS
from wallets import queries
from wallets.models import Currency, EntryKind, ExchangeRate, Wallet, WalletEntry


class WalletBody(serializers.Serializer[Any]):
    """A wallet: what may be spent, and what open orders hold."""

    id = serializers.IntegerField()
    currency = serializers.CharField()
    type = serializers.CharField()
    available = serializers.CharField()
    held = serializers.CharField()
    low_balance_threshold = serializers.CharField(allow_null=True)


class WalletList(serializers.Serializer[Any]):
    """All wallets of the partner, in the mode of its key."""

    results = WalletBody(many=True)


class EntryBody(serializers.Serializer[Any]):
    """One move of money: what it changed, and the balances after it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Counts the wallet's entries, without gaps.")
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    available_delta = serializers.CharField()
    held_delta = serializers.CharField()
    available_after = serializers.CharField()
    held_after = serializers.CharField()
    reference = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class CurrencyBody(serializers.Serializer[Any]):
    """A currency of ISO 4217."""

    code = serializers.CharField()
    name = serializers.CharField()
    minor_units = serializers.IntegerField(help_text="Decimals of its smallest coin.")


class RateBody(serializers.Serializer[Any]):
    """Units of `currency` per one `base`, and when the supplier gave it."""

    base = serializers.CharField()
    currency = serializers.CharField()
    value = serializers.CharField()
    read_at = serializers.DateTimeField()


class WalletsView(APIView):
    """`GET /api/wallet`."""

    @extend_schema(operation_id="wallet_list", tags=["wallet"], responses={200: WalletList, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """List the partner's wallets."""
        who = caller(request)
        who.require(Scope.WALLET_READ)
        wallets = queries.wallets_of(partner_id=who.partner_id, mode=who.mode)
        return Response({"results": [_wallet(wallet) for wallet in wallets]})


class EntriesView(APIView):
    """`GET /api/wallet/{id}/entry`."""

    @extend_schema(
        operation_id="wallet_entries",
        tags=["wallet"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(EntryBody), **PROBLEMS},
    )
    def get(self, request: Request, wallet_id: int) -> Response:
        """List what moved in a wallet, the latest first."""
        who = caller(request)
        who.require(Scope.WALLET_READ)
        entries = queries.entries_of(wallet_id, partner_id=who.partner_id, mode=who.mode)
        return page(entries, request, ordering=["-version"], body=_entry)


class CurrenciesView(APIView):
    """`GET /api/currency`."""

    @extend_schema(
        operation_id="currency_list",
        tags=["catalog"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(CurrencyBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List the currencies that we know."""
        caller(request).require(Scope.CATALOG_READ)
        return page(Currency.objects.all(), request, ordering=["code"], body=_currency)


class RatesView(APIView):
    """`GET /api/rate`."""

    @extend_schema(
        operation_id="rate_list",
        tags=["catalog"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(RateBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List the exchange rates that prices are made with."""
        caller(request).require(Scope.CATALOG_READ)
        return page(ExchangeRate.objects.all(), request, ordering=["id"], body=_rate)


def _wallet(wallet: Wallet) -> dict[str, object]:
    threshold = wallet.low_balance_threshold
    return {
        "id": wallet.pk,
        "currency": wallet.currency_id,
        "type": wallet.type,
        "available": display(wallet.available),
        "held": display(wallet.held),
        "low_balance_threshold": None if threshold is None else display(threshold),
    }


def _entry(entry: WalletEntry) -> dict[str, object]:
    return {
        "id": entry.pk,
        "version": entry.version,
        "kind": entry.kind,
        "available_delta": display(entry.available_delta),
        "held_delta": display(entry.held_delta),
        "available_after": display(entry.available_after),
        "held_after": display(entry.held_after),
        "reference": entry.reference,
        "reason": entry.reason,
        "created_at": entry.created_at,
    }


def _currency(currency: Currency) -> dict[str, object]:
    return {"code": currency.code, "name": currency.name, "minor_units": currency.minor_units}


def _rate(rate: ExchangeRate) -> dict[str, object]:
    return {
        "base": rate.base_id,
        "currency": rate.currency_id,
        "value": f"{rate.value.normalize():f}",
        "read_at": rate.read_at,
    }
