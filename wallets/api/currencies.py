"""Currencies and the exchange rates that prices are made with."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners.authentication import caller
from partners.queries import Scope
from steller.conditional import IF_NONE_MATCH, NOT_MODIFIED, conditional
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.problems import PROBLEMS
from wallets import queries
from wallets.models import Currency, ExchangeRate


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


class CurrenciesView(APIView):
    """`GET /api/currency`."""

    @extend_schema(
        operation_id="currency_list",
        tags=["catalog"],
        parameters=[*PAGE_PARAMETERS, IF_NONE_MATCH],
        responses={200: page_of(CurrencyBody), 304: NOT_MODIFIED, **PROBLEMS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List the currencies that we know."""
        caller(request).require(Scope.CATALOG_READ)

        def render() -> Response:
            return page(queries.all_currencies(), request, ordering=["code"], body=_currency)

        return conditional(request, render, caller="anybody", stamp=queries.currencies_stamp())


class RatesView(APIView):
    """`GET /api/rate`."""

    @extend_schema(
        operation_id="rate_list",
        tags=["catalog"],
        parameters=[*PAGE_PARAMETERS, IF_NONE_MATCH],
        responses={200: page_of(RateBody), 304: NOT_MODIFIED, **PROBLEMS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List the exchange rates that prices are made with."""
        caller(request).require(Scope.CATALOG_READ)

        def render() -> Response:
            return page(queries.all_rates(), request, ordering=["id"], body=_rate)

        return conditional(request, render, caller="anybody", stamp=queries.rates_stamp())


def _currency(currency: Currency) -> dict[str, object]:
    return {"code": currency.code, "name": currency.name, "minor_units": currency.minor_units}


def _rate(rate: ExchangeRate) -> dict[str, object]:
    return {
        "base": rate.base_id,
        "currency": rate.currency_id,
        "value": f"{rate.value.normalize():f}",
        "read_at": rate.read_at,
    }
