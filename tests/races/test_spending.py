"""One wallet, many spenders; one request, many senders."""

import uuid
from decimal import Decimal

import pytest

from orders.models import Order
from orders.services.placement import Placed
from steller.errors import InsufficientFundsError
from tests.shop import check_books
from wallets.models import Hold, Wallet

pytestmark = pytest.mark.races


class TestAWalletThatCoversFiveOrders:
    def test_takes_five_of_twenty_from_eight_threads_and_refuses_the_rest(self, shop, together):
        partner = shop.partner(fund="50")
        product = shop.products()[0]
        chances = iter(range(20))

        def spend():
            results = []
            for _ in chances:
                try:
                    results.append(shop.order(partner, (product, 1)))
                except InsufficientFundsError as error:
                    results.append(error)
            return results

        results = [result for part in together(*[spend] * 8) for result in part]

        assert len(results) == 20
        assert sum(isinstance(result, Placed) for result in results) == 5
        assert sum(isinstance(result, InsufficientFundsError) for result in results) == 15
        wallet = Wallet.objects.get(partner=partner)
        assert (wallet.available, wallet.held) == (Decimal(0), Decimal(50))
        assert Order.objects.count() == 5
        check_books()


class TestOneRequestSentManyTimesAtOnce:
    def test_is_one_order_and_one_hold(self, shop, together):
        partner = shop.partner(fund="100")
        product = shop.products()[0]
        request_id = uuid.uuid4()

        results = together(*[lambda: shop.order(partner, (product, 1), request_id=request_id)] * 8)

        assert {result.order.pk for result in results} == {Order.objects.get().pk}
        assert sorted(result.repeated for result in results) == [False] + [True] * 7
        assert Hold.objects.count() == 1
        assert Wallet.objects.get(partner=partner).available == Decimal(90)
        check_books()
