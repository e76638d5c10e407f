"""Every way in which the supplier may hand out its catalog, and what is withdrawn then: nothing, when in doubt."""

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

import pytest

from bamboo.errors import BambooError, RateLimited
from catalog import services
from catalog.models import Brand, Product, SyncRun
from steller.configuration import parse_limits
from tests.integration.catalog.supplier import Pages, brand, page, product

pytestmark = pytest.mark.django_db


def sync(supplier: Pages) -> tuple[int, ...]:
    return astuple(services.sync_catalog(supplier.client))


def run() -> SyncRun:
    return SyncRun.objects.latest("pk")


def brands(first: int, last: int) -> Iterator[Any]:
    return (brand(f"B{number}", product(number)) for number in range(first, last))


@pytest.fixture
def stored() -> None:
    sync(Pages(page(brand("A", product(1)), brand("B", product(2)), brand("C", product(3)), count=3)))


class TestPages:
    def test_that_become_shorter_on_the_way_are_read_to_the_end(self) -> None:
        pages = [page(*brands(1, 5), count=9)]
        # From the second on a page has two brands, so the next ones repeat what came.
        pages += [page(*brands(first, min(first + 2, 10)), count=9, size=2) for first in range(3, 10, 2)]

        assert sync(Pages(*pages))[0] == 9
        assert run().status == SyncRun.Status.SUCCEEDED

    @pytest.mark.usefixtures("stored")
    def test_whose_index_is_ignored_end_soon_and_withdraw_nothing(self) -> None:
        supplier = Pages(*[page(brand("A", product(1)), count=3)] * 9)

        assert sync(supplier) == (0, 0, 1, 0)
        assert supplier.asked == [0, 1, 2, 3]
        assert run().status == SyncRun.Status.INCOMPLETE

    @pytest.mark.usefixtures("stored")
    def test_between_which_the_count_changed_withdraw_nothing(self) -> None:
        supplier = Pages(page(brand("A", product(1)), count=3), page(brand("B", product(2)), count=2))

        assert sync(supplier) == (0, 0, 2, 0)
        assert run().status == SyncRun.Status.INCOMPLETE

    @pytest.mark.usefixtures("stored")
    def test_without_a_count_are_read_until_one_is_empty(self) -> None:
        def bare(*rows: Any) -> dict[str, Any]:
            return {"items": list(rows)}

        supplier = Pages(bare(brand("A", product(1))), bare(brand("B", product(2)), brand("D", product(4))), bare())

        assert sync(supplier) == (1, 0, 2, 0)
        assert supplier.asked == [0, 1, 2]

    @pytest.mark.usefixtures("stored")
    def test_that_count_nothing_are_read_until_one_is_empty(self) -> None:
        supplier = Pages(page(brand("A", product(1)), count=0), page(brand("D", product(4)), count=0), page(count=0))

        assert sync(supplier) == (1, 0, 1, 0)
        assert run().status == SyncRun.Status.INCOMPLETE


class TestABrandOnTwoPages:
    def moved(self) -> Pages:
        """Four brands are counted, but one comes twice: C may have been passed over."""
        return Pages(
            page(brand("A", product(1)), brand("B", product(2)), count=4, size=2),
            page(brand("B", product(2)), brand("D", product(4)), count=4, size=2),
            page(count=4),
        )

    @pytest.mark.usefixtures("stored")
    def test_withdraws_nothing_the_first_time(self) -> None:
        assert sync(self.moved()) == (1, 0, 2, 0)
        assert run().status == SyncRun.Status.INCOMPLETE
        assert run().repeated == ["B"]

    @pytest.mark.usefixtures("stored")
    def test_is_listed_twice_when_it_was_so_before(self) -> None:
        sync(self.moved())

        assert sync(self.moved()) == (0, 0, 3, 1)
        assert run().status == SyncRun.Status.SUCCEEDED
        assert Brand.objects.get(supplier_id="C").withdrawn_at is not None

    def test_adds_the_products_that_its_first_part_lacked(self) -> None:
        parts = [page(brand("A", product(1)), count=2, size=1), page(brand("A", product(2)), count=2, size=1)]
        supplier = [*parts, page(count=2)]

        assert sync(Pages(*supplier)) == (2, 0, 0, 0)
        assert sync(Pages(*supplier)) == (0, 0, 2, 0)
        assert Brand.objects.get().products.count() == 2
        assert Brand.objects.get().categories.count() == 1

    def test_or_twice_on_one_page_is_one_brand(self) -> None:
        twice = page(brand("", product(1)), brand("", product(2)), count=2)

        assert sync(Pages(twice)) == (2, 0, 0, 0)
        assert run().status == SyncRun.Status.SUCCEEDED
        assert Brand.objects.get().products.count() == 2


class TestBrokenRows:
    @pytest.mark.usefixtures("stored")
    def test_a_product_that_cannot_be_read_keeps_what_it_has_and_stops_no_other(self) -> None:
        offer = brand("A", product(1, minFaceValue="ten"), product(4), "no object", product(None))
        rest = (brand("B", product(2)), brand("C", product(3)))

        assert sync(Pages(page(offer, *rest, count=3))) == (1, 0, 2, 0)
        assert run().status == SyncRun.Status.SUCCEEDED
        assert run().unreadable == 2
        assert not Product.objects.exclude(withdrawn_at=None).exists()

    @pytest.mark.usefixtures("stored")
    def test_a_product_without_an_id_may_be_any_so_its_brand_loses_none(self) -> None:
        rest = (brand("B", product(2)), brand("C", product(3)))

        assert sync(Pages(page(brand("A", product(None)), *rest, count=3))) == (0, 0, 2, 0)
        assert sync(Pages(page(brand("A"), *rest, count=3))) == (0, 0, 2, 1)

    def test_a_category_and_a_country_that_cannot_be_read_stop_nothing(self) -> None:
        supplier = Pages(page(brand("A", product(1), categories=[None, {"id": 2, "name": "Gaming"}]), count=1))
        supplier.countries = [None, {"name": "Nowhere"}, {"code": "US", "name": "United States"}]

        assert sync(supplier) == (1, 0, 0, 0)
        assert Brand.objects.get().categories.count() == 1


class TestStatus:
    @pytest.mark.parametrize("status", [None, "", "Live", "Whatever"])
    def test_a_word_nobody_knows_leaves_the_product_on_sale(self, status: Any) -> None:
        sync(Pages(page(brand("A", product(1, status=status)), count=1)))

        assert (Product.objects.get().stock, Product.objects.get().withdrawn_at) == (None, None)

    @pytest.mark.parametrize("status", ["TemporaryInactive", "inactive", "Paused"])
    def test_a_paused_product_is_out_of_stock(self, status: str) -> None:
        sync(Pages(page(brand("A", product(1, status=status)), count=1)))

        assert Product.objects.get().stock == 0

    @pytest.mark.usefixtures("stored")
    @pytest.mark.parametrize("gone", [{"status": "Deleted"}, {"isDeleted": True}, {"isDeleted": "true"}])
    def test_a_deleted_product_is_withdrawn_and_comes_back(self, gone: dict[str, Any]) -> None:
        rest = (brand("B", product(2)), brand("C", product(3)))

        assert sync(Pages(page(brand("A", product(1, **gone)), *rest, count=3))) == (0, 0, 2, 1)
        assert sync(Pages(page(brand("A", product(1)), *rest, count=3))) == (0, 1, 2, 0)

    def test_a_code_that_appears_later_takes_the_products_along(self) -> None:
        sync(Pages(page(brand("A", product(1), internalId=None), count=1)))

        assert sync(Pages(page(brand("A", product(1)), count=1))) == (0, 1, 0, 0)
        assert Product.objects.get().brand.supplier_id == "A"
        assert Brand.objects.exclude(withdrawn_at=None).get().supplier_id == "Brand A|US|USD"


class TestVersionOne:
    @pytest.fixture(autouse=True)
    def _version_one(self, settings: Any) -> None:
        settings.CATALOG_VERSION = 1

    def test_is_read_as_one_body_and_withdraws(self, stored_in_pages: None) -> None:
        supplier = Pages()
        supplier.whole = {"brands": list(brands(1, 230))}

        assert sync(supplier) == (226, 3, 0, 1)
        assert run().version == 1
        assert run().pages == 1
        assert Product.objects.exclude(withdrawn_at=None).get().supplier_id == 900

    @pytest.fixture
    def stored_in_pages(self, settings: Any) -> None:
        settings.CATALOG_VERSION = 2
        rows = [brand("A", product(1)), brand("B", product(2)), brand("C", product(3)), brand("D", product(900))]
        sync(Pages(page(*rows, count=4)))
        settings.CATALOG_VERSION = 1

    @pytest.mark.parametrize("answer", [500, 429, {"brands": None}, {"message": "maintenance"}])
    def test_an_answer_that_is_no_catalog_replaces_nothing(self, stored_in_pages: None, answer: Any) -> None:
        supplier = Pages()
        supplier.whole = answer

        with pytest.raises(BambooError):
            sync(supplier)

        assert not Product.objects.exclude(withdrawn_at=None).exists()
        assert Product.objects.count() == 4

    def test_an_empty_catalog_withdraws_nothing(self, stored_in_pages: None) -> None:
        supplier = Pages()
        supplier.whole = {"brands": []}

        assert sync(supplier) == (0, 0, 0, 0)
        assert run().status == SyncRun.Status.INCOMPLETE

    def test_is_asked_for_twice_an_hour_at_most(self, stored_in_pages: None, settings: Any) -> None:
        supplier = Pages()
        supplier.whole = {"brands": [brand("A", product(1))]}
        settings.BAMBOO_LIMITS = parse_limits("other=999/1,rates=999/1,catalog=2/3600")

        for _ in range(2):
            sync(supplier)
        with pytest.raises(RateLimited):
            sync(supplier)

        assert run().error == "no_slot"


class TestAVersionThatIsNotServed:
    @pytest.mark.parametrize("status", [404, 410])
    def test_gives_way_to_the_other_one(self, status: int) -> None:
        supplier = Pages(status)
        supplier.whole = {"brands": list(brands(1, 230))}

        assert sync(supplier) == (229, 0, 0, 0)
        assert (run().version, run().pages, len(supplier.asked)) == (1, 1, 1)

    def test_gives_way_when_it_is_the_first_one_too(self, settings: Any) -> None:
        settings.CATALOG_VERSION = 1
        supplier = Pages(page(brand("A", product(1)), count=1))
        supplier.whole = 404

        assert sync(supplier) == (1, 0, 0, 0)
        assert run().version == 2

    def test_in_the_middle_of_a_walk_ends_it(self) -> None:
        with pytest.raises(BambooError):
            sync(Pages(page(brand("A", product(1)), count=2), 404))


class TestAnotherEnvelope:
    @pytest.mark.parametrize("wrap", [lambda rows: {"brands": rows, "count": 1}, lambda rows: rows])
    def test_holds_the_same_brands(self, wrap: Any) -> None:
        assert sync(Pages(wrap([brand("A", product(1))]), page(count=1))) == (1, 0, 0, 0)
