"""Which parameters reports take, the same for their own addresses and for their files."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from orders.models import DifferenceKind, ReportName
from orders.queries.reports import DIMENSIONS, Period
from steller.database import Mode

MOST_DAYS = 366
_BY = list(DIMENSIONS)


class ModeFilter(serializers.Serializer[Any]):
    """Which world to report on."""

    mode = serializers.ChoiceField(choices=Mode.values, default=Mode.LIVE)


class PeriodFilter(ModeFilter):
    """Which days to report on, both included, in UTC: at most 366, none to come."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse days that make no period."""
        if problem := _problem(attrs):
            raise serializers.ValidationError({"last_day": [problem]})
        return attrs

    @property
    def period(self) -> Period:
        """The validated days."""
        values = self.validated_data
        return Period(values["first_day"], values["last_day"], mode=values["mode"])


def _problem(attrs: Mapping[str, Any]) -> str | None:
    first, last = attrs["first_day"], attrs["last_day"]
    if last < first:
        return "The last day lies before the first."
    if last > datetime.now(UTC).date():
        return "The last day lies in the future."
    if (last - first).days >= MOST_DAYS:
        return f"At most {MOST_DAYS} days at once."
    return None


class SalesFilter(PeriodFilter):
    """What to group sales by, and which to keep."""

    by = serializers.ChoiceField(choices=_BY)
    partner_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    currency = serializers.CharField(required=False, min_length=3, max_length=3, help_text="The sale's.")


class OverviewFilter(ModeFilter):
    """How many days the charts cover, today included."""

    days = serializers.IntegerField(default=30, min_value=1, max_value=92)


class ExportRequest(serializers.Serializer[Any]):
    """What to write as CSV: a report and the parameters that it takes in JSON too.

    `sales` takes `by`, `partner_id`, `currency`; `sales`, `lines`, `failures` and `accounts` take `first_day` and
    `last_day`; `differences` takes `run_id` and `kind`.
    """

    report = serializers.ChoiceField(choices=ReportName.values)
    mode = serializers.ChoiceField(choices=Mode.values, default=Mode.LIVE)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False)
    by = serializers.ChoiceField(choices=_BY, required=False)
    partner_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    currency = serializers.CharField(required=False, min_length=3, max_length=3)
    run_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    kind = serializers.ChoiceField(choices=DifferenceKind.values, required=False)


class DifferencesFilter(ModeFilter):
    """Which differences to write."""

    run_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    kind = serializers.ChoiceField(choices=DifferenceKind.values, required=False)


# What each report takes, for its own address and for its export.
PARAMETERS: Mapping[str, type[ModeFilter]] = {
    ReportName.SALES: SalesFilter,
    ReportName.LINES: PeriodFilter,
    ReportName.FAILURES: PeriodFilter,
    ReportName.ACCOUNTS: PeriodFilter,
    ReportName.LIABILITIES: ModeFilter,
    ReportName.DIFFERENCES: DifferencesFilter,
}
