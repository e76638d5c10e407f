"""What staff views of orders share: the modes, and the reason that each deed needs."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from steller.parsing import fields_of

MODES = ["live", "test"]
LARGEST_ID = 2**63 - 1


class Because(serializers.Serializer[Any]):
    """A deed that needs nothing but its reason."""

    reason = serializers.CharField(max_length=300, help_text="Why; kept in the audit log.")


def reason_of(request: Request) -> str:
    """Read the reason of a deed that needs nothing else."""
    return str(fields_of(Because, request.data)["reason"])
