"""Exchange rates: read by the hour and on demand, kept as they were, and never guessed when they are too old."""

import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bamboo import conf
from bamboo.errors import BambooError
from catalog import services
from orders.models import OrderItem
from tests.factories import make_wallet
from tests.integration.api.asking import assert_problem, body_for
from tests.integration.catalog.supplier import Pages
from wallets.models import ExchangeRate, RateChange

pytestmark = pytest.mark.django_db


class TestRates:
    def read(self, supplier: Pages, value: float) -> None:
        supplier.rates = [{"currencyCode": "EUR", "value": value}]
        services.sync_rates(supplier.client)

    def test_that_change_leave_a_trace(self) -> None:
        supplier = Pages()

        for value in (0.8, 0.8, 0.9):
            self.read(supplier, value)

        assert list(RateChange.objects.values_list("value", flat=True)) == [Decimal("0.9"), Decimal("0.8")]

    def test_are_read_in_a_constant_number_of_statements(self) -> None:
        supplier, statements = Pages(), []
        for codes in (["EUR"], ["EUR", "GBP", "JPY", "CHF"]):
            supplier.rates = [{"currencyCode": code, "value": len(codes)} for code in codes]
            with CaptureQueriesContext(connection) as captured:
                services.sync_rates(supplier.client)
            statements.append(len(captured))

        assert statements[0] == statements[1]

    def test_that_cannot_be_read_age_until_they_price_nothing(self, buyer: Any) -> None:
        supplier = Pages()
        self.read(supplier, 0.8)
        ExchangeRate.objects.update(read_at=timezone.now() - timedelta(hours=7))
        make_wallet(buyer.partner, currency="EUR")
        supplier.rates = 500
        with pytest.raises(BambooError):
            services.sync_rates(supplier.client)

        body = body_for(buyer.product, currency="EUR")
        assert_problem(buyer.api.post("/api/order", body), 422, "rate_stale")
        self.read(supplier, 0.9)

        order = buyer.api.post("/api/order", body).json()
        assert order["sale_total"] == "18.00"
        self.read(supplier, 0.5)
        assert buyer.api.get(f"/api/order/{order['id']}").json()["sale_total"] == "18.00"
        parts = OrderItem.objects.get().price_parts
        assert (parts["rate"], parts["rate_read_at"]) == ("0.9000000000", parts["cost_rate_read_at"])


class TestTheCommand:
    def test_reads_them_now(self, monkeypatch: pytest.MonkeyPatch) -> None:
        supplier, out = Pages(), io.StringIO()
        monkeypatch.setattr(conf, "client", lambda _mode: supplier.client)

        call_command("sync_rates", stdout=out)

        assert json.loads(out.getvalue()) == {"rates": 1}
        supplier.rates = 500
        with pytest.raises(CommandError, match="could not be read"):
            call_command("sync_rates")
