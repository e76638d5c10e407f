"""The synchronisation against the sandbox supplier, and against pages that no supplier should send."""

import io
import json
import threading
from dataclasses import astuple
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
from bamboo.models import Account
from catalog import services, tasks
from catalog.models import Brand, Category, Country, Product, ProductPrice, SyncRun
from tests.integration.catalog.supplier import Pages, Sandbox, account, brand, page, product
from wallets.models import ExchangeRate

pytestmark = pytest.mark.django_db


def sync(supplier: Sandbox | Pages) -> tuple[int, ...]:
    return astuple(services.sync_catalog(supplier.client))


def versions() -> dict[str, str]:
    """Return the writing transaction of each row: it changes with every write."""
    tables = (
        *("catalog_category", "catalog_country", "catalog_brand", "catalog_product", "catalog_productprice"),
        *("catalog_brand_categories", "catalog_revision"),
    )
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT id, ctid::text FROM {table}")
            found |= {f"{table} {row}": place for row, place in cursor.fetchall()}
    return found


def withdrawn() -> list[int]:
    return list(Product.objects.exclude(withdrawn_at=None).values_list("supplier_id", flat=True))


class TestAgainstTheSandbox:
    def test_the_first_run_stores_all_the_second_writes_nothing(self) -> None:
        supplier = Sandbox()
        inserted, *others = sync(supplier)

        assert inserted == Product.objects.count() > 30
        assert others == [0, 0, 0]
        assert Category.objects.count() == 9
        assert Brand.objects.filter(categories__isnull=False).count() == Brand.objects.count() == 12
        assert ProductPrice.objects.count() == inserted - 1
        assert Account.objects.filter(is_active=True).count() == 2
        assert ExchangeRate.objects.filter(base="USD", currency="EUR").exists()

        before = versions()
        assert sync(supplier) == (0, 0, inserted, 0)
        assert versions() == before

    def test_a_changed_price_and_stock_a_deleted_product(self) -> None:
        supplier = Sandbox()
        total, *_ = sync(supplier)
        priced, stocked, deleted = Product.objects.filter(brand__name="Orbit Play US")[:3]
        new = {"product_id": priced.supplier_id, "min": 9.61, "max": 9.61}
        supplier.control("price", new)
        supplier.control("stock", {"product_id": stocked.supplier_id, "count": 7})
        supplier.control("product", {"product_id": deleted.supplier_id, "is_deleted": True})

        assert sync(supplier) == (0, 2, total - 3, 1)
        old, current = priced.prices.order_by("since")
        assert old.until is not None
        assert current.until is None
        assert current.min == Decimal("9.61")
        stocked.refresh_from_db()
        assert stocked.stock == 7
        assert withdrawn() == [deleted.supplier_id]

        supplier.control("product", {"product_id": deleted.supplier_id, "is_deleted": False})
        assert sync(supplier) == (0, 1, total - 1, 0)
        assert withdrawn() == []

    def test_the_number_of_statements_does_not_depend_on_the_number_of_products(self) -> None:
        statements = []
        for supplier in (Sandbox(brands=12), Sandbox(brands=90)):
            for model in (Product, Brand, Category, Country, Account, ExchangeRate, SyncRun):
                model.objects.all().delete()
            with CaptureQueriesContext(connection) as captured:
                sync(supplier)
            statements.append(len(captured))

        assert statements[0] == statements[1]

    def test_many_pages(self) -> None:
        inserted, *others = sync(Sandbox(brands=250))

        assert Brand.objects.count() == 250
        assert inserted == Product.objects.count() > 700
        assert others == [0, 0, 0]


class TestWithdrawing:
    @pytest.fixture
    def stored(self) -> None:
        sync(Pages(page(brand("A", product(1)), brand("B", product(2), product(3)), count=2)))

    @pytest.mark.usefixtures("stored")
    def test_what_a_complete_walk_did_not_see(self) -> None:
        assert sync(Pages(page(brand("B", product(2)), count=1))) == (0, 0, 1, 2)
        assert withdrawn() == [1, 3]
        assert Brand.objects.get(supplier_id="A").withdrawn_at is not None

        assert sync(Pages(page(brand("A", product(1)), brand("B", product(2)), count=2))) == (0, 1, 1, 0)
        assert withdrawn() == [3]

    @pytest.mark.usefixtures("stored")
    @pytest.mark.parametrize(
        "pages",
        [
            pytest.param([page(brand("A"), count=2), page(count=2)], id="empty page before the count"),
            pytest.param([page(brand("A"), count=3)] * 4, id="the index is ignored"),
            pytest.param([page(brand("A"), count=3), page(brand("C"), count=2)], id="the count moves"),
            pytest.param([page(count=0)], id="nothing at all"),
            pytest.param([page({"name": ""}, brand("A"), count=2)], id="a brand nobody can name"),
            pytest.param(
                [page(brand("A"), count=1, size=1), page(brand("C"), count=1, size=1), page(count=0)],
                id="each page counts itself",
            ),
        ],
    )
    def test_nothing_after_an_incomplete_walk(self, pages: list[Any]) -> None:
        supplier = Pages(*pages)

        *_, gone = sync(supplier)

        assert gone == 0
        assert supplier.pages == []

    @pytest.mark.usefixtures("stored")
    def test_a_broken_brand_keeps_what_it_has(self) -> None:
        broken = brand("B", product(2), currencyCode="dollars")

        assert sync(Pages(page(brand("A", product(1)), broken, count=2))) == (0, 0, 1, 0)
        assert sync(Pages(page(broken, count=1))) == (0, 0, 0, 1)
        assert withdrawn() == [1]

    @pytest.mark.usefixtures("stored")
    def test_a_broken_product_stays_as_it_is(self) -> None:
        broken = product(2, minFaceValue=20)

        counts = sync(Pages(page(brand("A", product(1)), brand("B", broken, product(3)), count=2)))

        assert counts == (0, 0, 2, 0)
        assert Product.objects.get(supplier_id=2).min_face_value == 10

    @pytest.mark.usefixtures("stored")
    def test_a_walk_that_breaks_off_keeps_what_it_read(self) -> None:
        supplier = Pages(page(brand("A", product(4)), count=2), 500, 500, 500)

        with pytest.raises(BambooError):
            sync(supplier)

        assert supplier.asked == [0, 1, 1, 1]
        assert Product.objects.filter(supplier_id=4).exists()
        assert withdrawn() == []

    def test_a_page_that_failed_is_asked_again(self) -> None:
        assert sync(Pages(429, 500, page(brand("A", product(1)), count=1))) == (1, 0, 0, 0)


class TestOddities:
    def test_pages_are_counted_by_what_came(self) -> None:
        supplier = Pages(
            page(brand("A", product(1)), brand("B", product(2)), count=3),
            page(brand("C", product(3)), count=3),
        )

        assert sync(supplier) == (3, 0, 0, 0)
        assert supplier.asked == [0, 1]

    def test_a_product_in_two_brands_stays_with_the_first(self) -> None:
        supplier = Pages(page(brand("A", product(1), product(1)), brand("B", product(1)), count=2))

        assert sync(supplier) == (1, 0, 0, 0)
        assert Product.objects.get().brand.supplier_id == "A"

    def test_one_code_for_two_currencies_is_not_mixed_up(self) -> None:
        euro = brand("A", product(2), currencyCode="EUR")

        assert sync(Pages(page(brand("A", product(1)), euro, count=2))) == (1, 0, 0, 0)

    def test_a_brand_without_a_code_is_known_by_name_country_and_currency(self) -> None:
        for _ in range(2):
            sync(Pages(page(brand("A", product(1), internalId=None), count=1)))

        assert Brand.objects.get().supplier_id == "Brand A|US|USD"

    @pytest.mark.parametrize(
        "fields",
        [
            {"minFaceValue": 0, "maxFaceValue": 0},
            {"maxFaceValue": 5},
            {"minFaceValue": 10.00001, "maxFaceValue": 11},
            {"maxFaceValue": 10.00001},
            {"id": 2**31},
        ],
    )
    def test_what_no_table_can_hold_is_left_out(self, fields: dict[str, Any]) -> None:
        assert sync(Pages(page(brand("A", product(1, **fields), product(2)), count=1))) == (1, 0, 0, 0)

    @pytest.mark.parametrize(
        "price",
        [
            None,
            {"min": 9, "max": 8, "currencyCode": "USD"},
            {"min": 0, "max": 0, "currencyCode": "USD"},
            {"min": 9, "max": 9, "currencyCode": "$"},
        ],
    )
    def test_a_product_that_lost_its_price_has_none(self, price: Any) -> None:
        sync(Pages(page(brand("A", product(1)), count=1)))

        assert sync(Pages(page(brand("A", product(1, price=price)), count=1))) == (0, 1, 0, 0)
        assert not ProductPrice.objects.filter(until=None).exists()

    def test_a_price_with_many_decimals_is_rounded_up(self) -> None:
        price = {"min": 9.47001, "max": 9.47001, "currencyCode": "USD"}
        sync(Pages(page(brand("A", product(1, price=price)), count=1)))

        assert ProductPrice.objects.get().min == Decimal("9.4701")

    def test_odd_texts_and_counts(self) -> None:
        odd = brand("A\x00", product(1, name="x\x00" * 400, count=-3), description="a\x00b", terms="")
        sync(Pages(page(odd, count=1)))

        stored = Product.objects.select_related("brand").get()
        assert (len(stored.name), stored.stock, stored.brand.description) == (300, 0, "ab")

    def test_categories_of_a_brand_come_and_go(self) -> None:
        sync(Pages(page(brand("A"), count=1)))
        sync(Pages(page(brand("A", categories=[{"id": 99, "name": "Unknown"}]), count=1)))

        assert Brand.objects.get().categories.count() == 0


class TestRefusals:
    def test_a_refused_product_is_offered_again_by_the_next_catalog_that_has_it(self) -> None:
        offer = page(brand("A", product(1), product(2, count=0), product(3)), count=1)
        sync(Pages(offer))
        ids = Product.objects.in_bulk(field_name="supplier_id")

        assert services.mark_refused([ids[1].pk, ids[2].pk]) == 2
        assert services.mark_refused([ids[1].pk]) == 0
        assert sync(Pages(offer)) == (0, 1, 2, 0)
        assert list(Product.objects.exclude(refused_at=None)) == [ids[2]]

    def test_a_refusal_during_the_walk_stays(self) -> None:
        offer = page(brand("A", product(1)), count=1)
        sync(Pages(offer))
        Product.objects.update(refused_at=timezone.now() + timedelta(minutes=1))

        assert sync(Pages(offer)) == (0, 0, 1, 0)


class TestTheRest:
    def test_accounts_and_rates_may_fail(self) -> None:
        supplier = Pages(page(brand("A", product(1)), count=1))
        supplier.accounts = supplier.rates = 500

        assert sync(supplier) == (1, 0, 0, 0)
        assert not Account.objects.exists()

    def test_categories_and_countries_may_fail(self) -> None:
        supplier = Pages(page(brand("A", product(1)), count=1))
        supplier.categories = supplier.countries = 404

        assert sync(supplier) == (1, 0, 0, 0)

    def test_rates_that_cannot_be_are_left_out(self) -> None:
        supplier = Pages()
        supplier.rates = [
            {"currencyCode": code, "value": value}
            for code, value in [("EUR", 0.8), ("GBP", 0), ("JPY", -1), ("QQQ", 3), ("USD", 1)]
        ]

        assert services.sync_rates(supplier.client) == 1
        supplier.rates = [{"currencyCode": "eur", "value": 0.9}]
        assert services.sync_rates(supplier.client) == 1
        assert ExchangeRate.objects.get().value == Decimal("0.9")


class TestCommand:
    def test_prints_the_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        supplier = Pages(page(brand("A", product(1)), count=1))
        supplier.accounts = [account(9001, "USD")]
        monkeypatch.setattr(conf, "client", lambda _mode: supplier.client)
        out = io.StringIO()

        call_command("sync_catalog", stdout=out)

        assert json.loads(out.getvalue()) == {"inserted": 1, "updated": 0, "unchanged": 0, "withdrawn": 0}

    def test_tells_when_the_supplier_cannot_be_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conf, "client", lambda _mode: Pages(401).client)

        with pytest.raises(CommandError, match="could not be read"):
            call_command("sync_catalog")

    def test_tells_when_no_credentials_are_set(self, settings: Any) -> None:
        settings.BAMBOO_CLIENT_ID = ""
        conf._client.cache_clear()

        with pytest.raises(CommandError, match="not set"):
            call_command("sync_catalog")


class TestTasks:
    @pytest.fixture(autouse=True)
    def supplier(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Pages:
        settings.BAMBOO_TEST_CLIENT_ID = settings.BAMBOO_TEST_CLIENT_SECRET = "test"
        supplier = Pages(page(brand("A", product(1)), count=1))
        monkeypatch.setattr(conf, "client", lambda _mode: supplier.client)
        return supplier

    def test_sync_reads_everything_once_and_the_accounts_of_each_mode(self) -> None:
        tasks.sync(some_later_argument=1)

        assert Product.objects.count() == 1
        assert set(Account.objects.values_list("mode", flat=True)) == {"live", "test"}

    def test_rates_are_read_once(self) -> None:
        tasks.sync_rates()

        assert ExchangeRate.objects.count() == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_one_works_the_other_goes_home(self) -> None:
        inside, go_on = threading.Event(), threading.Event()

        class Slow(Pages):
            def _answer(self, path: str, query: dict[str, list[str]]) -> Any:
                inside.set()
                go_on.wait(20)
                return super()._answer(path, query)

        def first() -> None:
            try:
                sync(Slow(page(brand("A", product(1)), count=1)))
            finally:
                connection.close()

        thread = threading.Thread(target=first)
        thread.start()
        inside.wait(20)
        try:
            with pytest.raises(services.SyncRunningError):
                sync(Pages())
            # The task leaves the work to the one that is at it.
            tasks.sync()
        finally:
            go_on.set()
            thread.join()
        assert Product.objects.count() == 1
