"""Each night's signed totals of a wallet, and the keys to check them with; `dev/verify_seal.py` does."""

import base64
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners.authentication import caller
from partners.queries import Scope
from steller.parsing import fields_of
from steller.problems import PROBLEMS
from wallets import queries


class SealQuery(serializers.Serializer[Any]):
    """Which seal to read."""

    date = serializers.DateField(required=False, help_text="The day it was made, in UTC; left out: the latest.")


class SealBody(serializers.Serializer[Any]):
    """A wallet's totals as they were signed: Ed25519 over `payload` as JSON with sorted keys and without spaces."""

    key_id = serializers.CharField()
    payload = serializers.DictField()
    signature = serializers.CharField(help_text="Base64.")


class SealKey(serializers.Serializer[Any]):
    """A key that seals are checked with."""

    key_id = serializers.CharField()
    algorithm = serializers.CharField()
    public_key = serializers.CharField(help_text="Base64 of its 32 bytes.")


class SealKeyList(serializers.Serializer[Any]):
    """All keys, former ones too."""

    results = SealKey(many=True)


class SealView(APIView):
    """`GET /api/wallet/{id}/seal`."""

    @extend_schema(
        operation_id="wallet_seal",
        tags=["wallet"],
        parameters=[SealQuery],
        responses={200: SealBody, **PROBLEMS},
    )
    def get(self, request: Request, wallet_id: int) -> Response:
        """Read a night's signed totals of a wallet: keep them, and nobody can change its past unnoticed."""
        who = caller(request)
        who.require(Scope.WALLET_READ)
        wallet = queries.wallet_of(wallet_id, partner_id=who.partner_id, mode=who.mode)
        day = fields_of(SealQuery, request.query_params).get("date")
        return Response(queries.seal_of(wallet.pk, day))


class SealKeysView(APIView):
    """`GET /api/seal-key`."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="seal_key_list", tags=["wallet"], responses={200: SealKeyList, **PROBLEMS}, auth=[])
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the same for everybody
        """List the keys that seals are checked with."""
        keys = [
            {
                "key_id": name,
                "algorithm": "Ed25519",
                "public_key": base64.b64encode(key.public_bytes_raw()).decode(),
            }
            for name, key in queries.public_keys().items()
        ]
        return Response({"results": keys})
