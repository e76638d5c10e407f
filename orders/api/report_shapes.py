"""How reports look in JSON, described for the API; `report_bodies` writes the same fields."""

from typing import Any

from rest_framework import serializers

from orders.models import ExportStatus, ReportName
from steller.database import Mode


class SalesRow(serializers.Serializer[Any]):
    """Sales of one partner, brand, product, country or day in one pair of currencies."""

    key = serializers.CharField(help_text="The partner's or product's id, the brand's or country's code, the day.")
    name = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    orders = serializers.IntegerField()
    lines = serializers.IntegerField()
    cards_ordered = serializers.IntegerField()
    cards_delivered = serializers.IntegerField()
    sale_amount = serializers.CharField(help_text="Captured.")
    supplier_cost = serializers.CharField(help_text="In `supplier_currency`, as charged.")
    supplier_currency = serializers.CharField()
    cost = serializers.CharField(allow_null=True, help_text="In `currency`, at the rates of the orders' prices.")
    margin = serializers.CharField(allow_null=True)


class FailureRow(serializers.Serializer[Any]):
    """Lines that came to less than was ordered, by reason and outcome."""

    error = serializers.CharField()
    status = serializers.CharField()
    currency = serializers.CharField()
    lines = serializers.IntegerField()
    orders = serializers.IntegerField()
    cards_missing = serializers.IntegerField()
    released = serializers.CharField()


class LiabilityRow(serializers.Serializer[Any]):
    """What we owe partners in one currency."""

    currency = serializers.CharField()
    wallets = serializers.IntegerField()
    available = serializers.CharField()
    held = serializers.CharField()
    total = serializers.CharField()


class LiabilityList(serializers.Serializer[Any]):
    """All currencies that a wallet holds."""

    results = LiabilityRow(many=True)


class AccountRow(serializers.Serializer[Any]):
    """An account at the supplier: its float, and what it paid in the period."""

    account = serializers.IntegerField(help_text="The supplier's number.")
    currency = serializers.CharField()
    is_active = serializers.BooleanField()
    balance = serializers.CharField()
    float_limit = serializers.CharField(allow_null=True, help_text="What claims may spend since funds were refused.")
    open_cost = serializers.CharField(help_text="What open purchases are expected to cost.")
    purchases = serializers.IntegerField()
    cards = serializers.IntegerField()
    cost = serializers.CharField()
    read_at = serializers.DateTimeField()


class AccountList(serializers.Serializer[Any]):
    """All accounts."""

    results = AccountRow(many=True)


class TotalRow(serializers.Serializer[Any]):
    """What was sold in one currency."""

    currency = serializers.CharField()
    orders = serializers.IntegerField()
    cards = serializers.IntegerField()
    sale_amount = serializers.CharField()
    cost = serializers.CharField(allow_null=True)
    margin = serializers.CharField(allow_null=True)


class SummaryBody(serializers.Serializer[Any]):
    """A period at a glance. Rates are parts of 1; cancelled orders and lines do not count in them."""

    totals = TotalRow(many=True)
    orders_by_status = serializers.DictField(child=serializers.IntegerField())
    order_success_rate = serializers.FloatField(allow_null=True)
    card_success_rate = serializers.FloatField(allow_null=True)
    delivery_seconds = serializers.DictField(
        child=serializers.FloatField(), help_text="`p50`, `p90`, `p95`, `p99` from order to delivery."
    )


class DayRow(serializers.Serializer[Any]):
    """One day in one currency."""

    day = serializers.DateField()
    currency = serializers.CharField()
    orders = serializers.IntegerField()
    cards = serializers.IntegerField()
    revenue = serializers.CharField()
    margin = serializers.CharField(allow_null=True)


class QueueBody(serializers.Serializer[Any]):
    """What is not bought yet."""

    lines = serializers.IntegerField()
    cards = serializers.IntegerField()
    oldest_at = serializers.DateTimeField(allow_null=True)
    on_hold = serializers.IntegerField()
    purchasing = serializers.IntegerField()


class FailureToday(serializers.Serializer[Any]):
    """Lines that failed today."""

    error = serializers.CharField()
    lines = serializers.IntegerField()
    cards = serializers.IntegerField()


class BudgetRow(serializers.Serializer[Any]):
    """How much of one of the supplier's limits is used."""

    key = serializers.CharField()
    calls = serializers.IntegerField()
    seconds = serializers.FloatField()
    used = serializers.IntegerField(allow_null=True, help_text="In the last period, where it is counted.")
    busy_seconds = serializers.FloatField(help_text="Until the next call may leave.")
    blocked_until = serializers.DateTimeField(allow_null=True)
    blocked_reason = serializers.CharField(allow_blank=True)


class ReportEntry(serializers.Serializer[Any]):
    """A report that there is."""

    name = serializers.CharField()
    about = serializers.CharField()
    url = serializers.URLField()


class ReportList(serializers.Serializer[Any]):
    """All reports."""

    results = ReportEntry(many=True)


class OverviewBody(serializers.Serializer[Any]):
    """The numbers of the staff's first page."""

    at = serializers.DateTimeField()
    days = DayRow(many=True)
    queue = QueueBody()
    failures_today = FailureToday(many=True)
    reviews = serializers.IntegerField(help_text="Purchases on the review list.")
    differences = serializers.IntegerField(help_text="Unexplained ones with the supplier's books.")
    accounts = AccountRow(many=True)
    liabilities = LiabilityRow(many=True)
    budgets = BudgetRow(many=True)
    checkouts_last_minute = serializers.IntegerField()


class ExportBody(serializers.Serializer[Any]):
    """A report's file: read it until its status is `done`, then fetch it from `file` until it expires."""

    id = serializers.UUIDField()
    report = serializers.ChoiceField(choices=ReportName.values)
    mode = serializers.ChoiceField(choices=Mode.values)
    parameters = serializers.DictField()
    requested_by = serializers.CharField()
    status = serializers.ChoiceField(choices=ExportStatus.values)
    rows_done = serializers.IntegerField()
    rows_total = serializers.IntegerField(allow_null=True)
    size = serializers.IntegerField(help_text="Bytes.")
    error = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    file = serializers.CharField(allow_null=True)
