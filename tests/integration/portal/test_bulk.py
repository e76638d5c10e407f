"""Files of cards: checked row by row, confirmed once, placed part by part, whatever happens between."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import CommissionRule, Product
from orders.models import BulkOrder, BulkPart, BulkRow, Order
from orders.services import bulk, placement
from orders.tasks import place_bulk
from partners.models import AuditEntry
from tests.integration.portal.people import log_in
from tests.shop import check_books, pass_time


def table(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


@pytest.fixture
def partner(shop):
    return shop.partner(fund="20000")


@pytest.fixture
def client(partner):
    return log_in(partner)


def upload(client, text, name="gifts.csv", currency="USD"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post("/bulk/upload", {"file": SimpleUploadedFile(name, content, "text/csv"), "currency": currency})


def rows(*lines, header="product_id,face_value,quantity,note"):
    return "\n".join([header, *lines])


class TestReadingAFile:
    def errors(self, client, *lines, **how):
        upload(client, rows(*lines, **how))
        return list(BulkRow.objects.order_by("number").values_list("error", flat=True))

    def test_understands_what_spreadsheets_save(self, shop, client):
        product = shop.products()[0]
        ranged = Product.objects.filter(brand__currency="USD", min_face_value__lt=20, max_face_value__gt=100)
        chosen = ranged.exclude(stock=0).filter(prices__until=None, withdrawn_at=None).first()
        text = (
            f"\ufeffProduct ID;Face value;Quantity;Note\r\n{product.pk};;2;Ann\r\n;;;\r\n{chosen.pk};12,50;1.0;Bo\r\n"
        )

        upload(client, text)

        assert list(BulkRow.objects.values_list("number", "quantity", "note", "error")) == [
            (2, 2, "Ann", ""),
            (4, 1, "Bo", ""),
        ]
        assert str(BulkRow.objects.get(number=4).face_value) == "12.5000"

    def test_says_what_is_wrong_with_each_row(self, shop, client):
        product = shop.products()[0]
        errors = self.errors(
            client,
            f"{product.pk},,1,",
            "999999,10,1,",
            "x,10,1,",
            f"{product.pk},ten,1,",
            f"{product.pk},NaN,1,",
            f"{product.pk},,0,",
            f"{product.pk},,501,",
            f"{product.pk},,1.5,",
            f"{product.pk},11,1,",
            f"{product.pk},1e400,1,",
        )
        assert errors[0] == ""
        assert all(errors[1:])
        assert "has a face value of" in errors[8]
        assert BulkOrder.objects.get().cards == 1

    def test_counts_the_stock_over_all_rows(self, shop, client):
        product = shop.products()[0]
        Product.objects.filter(pk=product.pk).update(stock=5)
        errors = self.errors(client, f"{product.pk},,3,", f"{product.pk},,3,", f"{product.pk},,2,")
        assert [bool(error) for error in errors] == [False, True, False]

    @pytest.mark.parametrize(
        "content", ["", "product_id,quantity", "a,b\n1,2", b"\x00\xff\xfe", "product_id,quantity\n" + "1,1\n" * 5001]
    )
    def test_refuses_what_is_no_such_file(self, client, content):
        assert upload(client, content).url == "/bulk"
        assert client.post("/bulk/upload", {"currency": "USD"}).url == "/bulk"
        assert not BulkOrder.objects.exists()

    def test_refuses_a_wallet_that_the_partner_has_not(self, shop, client):
        assert upload(client, rows(f"{shop.products()[0].pk},,1,"), currency="EUR").url == "/bulk"
        assert not BulkOrder.objects.exists()

    def test_the_template_is_such_a_file(self, client):
        text = b"".join(client.get("/bulk/template.csv").streaming_content)
        upload(client, text)
        assert BulkRow.objects.count() == 3
        assert not BulkRow.objects.exclude(error="").exists()


class TestPlacingAFile:
    @pytest.fixture
    def draft(self, shop, client):
        product = shop.products()[0]
        upload(client, rows(*[f"{product.pk},,1,row {number}" for number in range(120)], "x,1,1,"))
        return BulkOrder.objects.get()

    def test_moves_no_money_before_it_is_confirmed(self, shop, draft, client):
        place_bulk()
        page = client.get(f"/bulk/{draft.pk}").content.decode()
        assert "Rows with errors" in page
        assert not Order.objects.exists()

    def test_orders_in_parts_as_large_as_orders_may_be(self, shop, draft, client):
        client.post(f"/bulk/{draft.pk}/confirm")
        place_bulk()

        orders = Order.objects.order_by("number")
        assert [order.items.count() for order in orders] == [placement.MAX_LINES, 20]
        assert {order.type for order in orders} == {"bulk"}
        assert AuditEntry.objects.get(action="bulk.confirm").after["cards"] == 120
        shop.work()
        draft.refresh_from_db()
        assert draft.status == "ordered"
        assert sum(order.sale_total for order in orders) == draft.total
        check_books()

    def test_cuts_parts_by_cards_too(self, shop, client):
        product = shop.products()[0]
        upload(client, rows(*[f"{product.pk},,400,"] * 13))
        draft = BulkOrder.objects.get()
        bulk_rows = list(draft.rows.all())
        assert [len(part) for part in bulk._parts(bulk_rows)] == [12, 1]

    def test_is_done_once_however_often_it_is_confirmed(self, draft, client):
        for _ in range(3):
            client.post(f"/bulk/{draft.pk}/confirm")
            place_bulk()
        assert Order.objects.count() == BulkPart.objects.count() == 2

    def test_is_done_once_when_a_worker_dies_after_the_commit(self, draft, client):
        client.post(f"/bulk/{draft.pk}/confirm")
        part = BulkPart.objects.get(pk=bulk._claim())
        placement.place_order(
            partner_id=draft.partner_id, mode="live", request=bulk._request(part), actor=draft.updated_by, type="bulk"
        )
        place_bulk()
        assert BulkPart.objects.filter(status="waiting").count() == 1  # leased to the dead one
        pass_time(61)
        place_bulk()
        assert BulkPart.objects.filter(status="placed").count() == Order.objects.count() == 2

    def test_is_refused_when_the_wallet_does_not_cover_it(self, shop, client, partner):
        product = shop.products()[0]
        upload(client, rows(*[f"{product.pk},,500,"] * 10))
        draft = BulkOrder.objects.get()
        assert b"missing in the wallet" in client.get(f"/bulk/{draft.pk}").content
        client.post(f"/bulk/{draft.pk}/confirm")
        draft.refresh_from_db()
        assert draft.status == "draft"
        assert not BulkPart.objects.exists()

    def test_refuses_a_part_that_became_dearer_and_can_try_it_again(self, draft, client, partner):
        client.post(f"/bulk/{draft.pk}/confirm")
        rules = CommissionRule.objects.filter(partner=partner)
        rules.update(value=10)
        place_bulk()
        draft.refresh_from_db()
        assert draft.status == "ordered"
        assert b"were refused" in client.get(f"/bulk/{draft.pk}").content
        assert len(table(client.get(f"/bulk/{draft.pk}/result.csv?only=refused"))) == 121

        rules.update(value=0)
        client.post(f"/bulk/{draft.pk}/retry")
        place_bulk()
        assert Order.objects.count() == 2

    def test_gives_a_result_and_its_cards_row_by_row(self, shop, draft, client):
        client.post(f"/bulk/{draft.pk}/confirm")
        place_bulk()
        shop.work()
        result = table(client.get(f"/bulk/{draft.pk}/result.csv"))
        assert [row["status"] for row in result] == ["succeeded"] * 120 + ["error"]

        cards = table(client.post(f"/bulk/{draft.pk}/cards"))
        assert [row["note"] for row in cards] == [f"row {number}" for number in range(120)]
        assert len({row["card_code"] for row in cards}) == 120
        assert AuditEntry.objects.filter(action="card.reveal").count() == 2

    def test_shows_progress_and_then_itself_anew(self, shop, draft, client):
        client.post(f"/bulk/{draft.pk}/confirm")
        asked = {"HX-Target": "bulk"}
        assert "HX-Refresh" not in client.get(f"/bulk/{draft.pk}", headers=asked).headers
        place_bulk()
        shop.work()
        assert client.get(f"/bulk/{draft.pk}", headers=asked).headers["HX-Refresh"] == "true"

    def test_can_be_put_away_until_it_is_confirmed(self, draft, client):
        client.post(f"/bulk/{draft.pk}/discard")
        client.post(f"/bulk/{draft.pk}/confirm")
        draft.refresh_from_db()
        assert draft.status == "discarded"
        assert not BulkPart.objects.exists()

    def test_is_the_partners_own_affair(self, shop, draft, partner):
        other, viewer = log_in(shop.partner()), log_in(partner, role="viewer")
        assert other.get(f"/bulk/{draft.pk}").status_code == 404
        for deed in ("confirm", "discard", "retry", "cards"):
            assert other.post(f"/bulk/{draft.pk}/{deed}").status_code == 404
            assert viewer.post(f"/bulk/{draft.pk}/{deed}").status_code == 403
        assert other.get(f"/bulk/{draft.pk}/result.csv").status_code == 404
