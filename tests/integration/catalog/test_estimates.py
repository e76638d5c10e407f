"""An estimate is what is charged, whatever the rules, rates and costs; and nothing is sold below cost."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog.models import CommissionRule
from catalog.queries import LineRequest
from orders.services import placement
from orders.services.placement import OrderRequest
from tests import factories
from wallets.models import Currency, ExchangeRate, Wallet

pytestmark = pytest.mark.django_db

percents = st.decimals(0, 99, places=4)
rates = st.decimals(Decimal("0.01"), Decimal(200), places=6)
parts_of_face_value = st.decimals(Decimal("0.5"), Decimal("1.2"), places=4)


@st.composite
def rules(draw: Any) -> dict[str, Any]:
    return {
        "kind": draw(st.sampled_from(["percent", "fixed"])),
        "basis": draw(st.sampled_from(["included", "extra"])),
        "value": draw(percents),
        "currency": draw(st.sampled_from(["", "EUR", "USD"])),
    }


class TestAnEstimate:
    @pytest.fixture(autouse=True)
    def _account(self, db: None) -> None:
        factories.AccountFactory.create()

    @hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        cost=parts_of_face_value,
        given_rules=st.lists(rules(), max_size=3),
        rate=rates,
        margin=st.decimals(0, 20, places=2),
        wallet_currency=st.sampled_from(["USD", "EUR", "JPY"]),
        lines=st.lists(st.tuples(st.integers(500, 50000), st.integers(1, 20)), min_size=1, max_size=4),
    )
    def test_is_what_is_charged_and_covers_the_cost(
        self,
        settings: Any,
        cost: Decimal,
        given_rules: list[dict[str, Any]],
        rate: Decimal,
        margin: Decimal,
        wallet_currency: str,
        lines: list[tuple[int, int]],
    ) -> None:
        settings.MINIMUM_MARGIN_PERCENT = margin
        ExchangeRate.objects.all().delete()
        now = timezone.now()
        for code, value in (("EUR", rate), ("JPY", rate * 150)):
            ExchangeRate.objects.create(base_id="USD", currency_id=code, value=value, read_at=now)
        partner = factories.PartnerFactory.create()
        # A rule for everything, so that there is a price; the others may be narrower.
        factories.CommissionRuleFactory.create(partner=partner)
        for each in given_rules:
            CommissionRule.objects.create(partner=partner, **each)
        wallet = factories.make_wallet(partner, currency=wallet_currency, fund="10000000000")
        product = factories.ProductFactory.create(brand=factories.BrandFactory.create(currency="EUR"), cost=str(cost))
        request = OrderRequest(
            uuid.uuid4(),
            wallet_currency,
            tuple(LineRequest(product.pk, Decimal(cents) / 100, quantity) for cents, quantity in lines),
        )

        told = placement.estimate(partner_id=partner.pk, mode="live", request=request)
        placed = placement.place_order(partner_id=partner.pk, mode="live", request=request, actor="key:1")

        assert placed.order.sale_total == told.total
        assert [item.sale_amount for item in placed.items] == [line.sale_amount for line in told.lines]
        assert [item.price_parts for item in placed.items] == [line.parts for line in told.lines]
        assert Wallet.objects.get(pk=wallet.pk).held == told.total
        coin = Decimal(1).scaleb(-Currency.objects.get(code=wallet_currency).minor_units)
        for line in told.lines:
            paid = Decimal(line.parts["cost"]) * Decimal(line.parts["cost_rate"])
            assert line.unit_price >= paid * (1 + margin / 100)
            assert line.unit_price % coin == 0
            assert line.break_even_cost >= Decimal(line.parts["cost"])
