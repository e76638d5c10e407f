"""What all staff views share: who may call, how bodies are read, and the reason that each deed needs."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from partners.authentication import STAFF_AUTHENTICATION, IsStaff
from steller.parsing import StrictJsonParser

MODES = ["live", "test"]
LARGEST_ID = 2**63 - 1


class StaffApiView(APIView):
    """A view for our staff; each method requires a permission of its own."""

    authentication_classes = STAFF_AUTHENTICATION
    permission_classes = (IsStaff,)
    parser_classes = (StrictJsonParser,)


class Because(serializers.Serializer[Any]):
    """A deed that needs nothing but its reason."""

    reason = serializers.CharField(max_length=300, help_text="Why; kept in the audit log.")


def read(shape: type[serializers.Serializer[Any]], values: object) -> dict[str, Any]:
    """Read a body or a query by its shape; every wrong field is named."""
    form = shape(data=values)
    form.is_valid(raise_exception=True)
    fields: dict[str, Any] = form.validated_data
    return fields


def reason_of(request: Request) -> str:
    """Read the reason of a deed that needs nothing else."""
    return str(read(Because, request.data)["reason"])
