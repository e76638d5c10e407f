"""The operator's side of the imitation: the control API and the page for people."""

import uuid

import pytest

from bamboo import errors


class TestTheLogOfCalls:
    def test_tells_each_call_with_its_products_and_status(self, supplier):
        request_id = supplier.buy(quantity=2)
        supplier.fault("drop_before_accept")
        with pytest.raises(errors.OutcomeUnknown):
            supplier.buy(500105, value="12.5")
        supplier.order(request_id)

        calls = supplier.control("GET", "requests")

        assert [(call["endpoint"], call["method"], call["status"], call["products"]) for call in calls] == [
            ("checkout", "POST", 200, [500101]),
            ("checkout", "POST", 0, [500105]),
            ("order", "GET", 200, []),
        ]
        assert (calls[0]["request_id"], calls[0]["quantity"], calls[0]["mode"]) == (str(request_id), 2, "sandbox")
        assert calls[2]["path"] == f"/api/integration/v1.0/orders/{request_id}"

    def test_can_be_narrowed_and_emptied(self, supplier):
        supplier.buy()
        supplier.time += 10
        supplier.client.accounts()

        assert len(supplier.control("GET", f"requests?after={supplier.time - 5}")) == 1
        assert len(supplier.control("GET", "requests?endpoint=checkout")) == 1
        supplier.control("DELETE", "requests")
        assert supplier.control("GET", "requests") == []

    def test_keeps_a_checkout_that_cannot_be_read_and_one_without_credentials(self, supplier):
        supplier.post("/api/integration/v1.0/orders/checkout", "nonsense")
        with pytest.raises(errors.Misconfigured):
            supplier.client_of("nobody", "nothing").accounts()

        calls = supplier.control("GET", "requests")

        assert [(call["status"], call["request_id"], call["mode"]) for call in calls] == [
            (400, None, "sandbox"),
            (401, None, None),
        ]


class TestPurchases:
    def test_are_listed_without_a_secret(self, supplier):
        request_id = supplier.buy(quantity=2)
        card = supplier.order(request_id).items[0].cards[0]

        purchases = supplier.control("GET", "purchases")

        assert purchases == [
            {
                "order_id": 6800001,
                "request_id": str(request_id),
                "mode": "sandbox",
                "account_id": 9001,
                "products": [
                    {
                        "product_id": 500101,
                        "name": "Orbit Play US 10 USD",
                        "face_value": 10,
                        "face_currency": "USD",
                        "quantity": 2,
                    }
                ],
                "cards": 2,
                "sold": 2,
                "total": 18.9401,
                "currency": "USD",
                "status": "Succeeded",
                "when": supplier.time,
            }
        ]
        assert card.card_code not in str(purchases)

    def test_can_be_narrowed(self, supplier):
        for _ in range(3):
            supplier.buy()

        numbers = [each["order_id"] for each in supplier.control("GET", "purchases?after=6800001&limit=1")]

        assert numbers == [6800002]

    def test_stand_on_a_page_for_people(self, supplier):
        nothing = supplier.app.test_client().get("/").text
        for _ in range(101):
            request_id = supplier.buy()
        code = supplier.order(request_id).items[0].cards[0].card_code

        page = supplier.app.test_client().get("/").text

        assert "Nothing yet" in nothing
        assert "101 orders, the latest 100" in page
        assert str(request_id) in page
        assert "/_control/purchases" in page
        assert code not in page


class TestSwitches:
    def test_of_settings_are_shown_and_changed(self, supplier):
        changed = supplier.control("POST", "settings", error_style="problem", latency_ms=1)

        assert (changed["error_style"], supplier.control("GET", "settings")["latency_ms"]) == ("problem", 1)
        supplier.client.accounts()

    def test_of_faults_are_listed_and_cancelled(self, supplier):
        supplier.fault("500", times=None)
        supplier.fault("503", times=None)
        listed = supplier.control("GET", "faults")

        supplier.control("DELETE", f"faults/{listed[0]['id']}")
        left = supplier.control("GET", "faults")
        supplier.control("DELETE", "faults")

        assert ([each["fault"] for each in left], supplier.control("GET", "faults")) == (["503"], [])

    def test_of_stock_and_price_show_in_the_catalog(self, supplier):
        supplier.control("POST", "stock", product_id=500101, count=7)
        supplier.control("POST", "price", product_id=500102, min=None, max=None)

        first, second, *_ = supplier.client.catalog_page(page_index=0).brands[0].products

        assert (first.count, second.price) == (7, None)

    def test_of_a_product_make_it_vanish_or_deleted(self, supplier):
        supplier.control("POST", "product", product_id=500101, hidden=True)
        supplier.control("POST", "product", product_id=500102, is_deleted=True)

        with pytest.raises(errors.OrderRefused) as vanished:
            supplier.buy(500101)
        with pytest.raises(errors.OrderRefused) as deleted:
            supplier.buy(500102, value=25)

        assert (vanished.value.code, deleted.value.code) == ("InvalidProductIds", "InvalidProduct")

    def test_of_an_account_set_its_balance_and_whether_it_is_active(self, supplier):
        supplier.control("POST", "balance", account_id=9003, balance="12.5", is_active=True)

        account = supplier.control("GET", "accounts")[-1]

        assert (account["id"], account["balance"], account["is_active"]) == (9003, "12.5", 1)

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("faults", {"fault": "explode"}, 400),
            ("faults", {"fault": "500", "delay": "long"}, 400),
            ("faults", [], 400),
            ("settings", {"nonsense": 1}, 400),
            ("stock", {"product_id": 500101}, 400),
            ("stock", {"product_id": 1, "count": 5}, 404),
            ("price", {"product_id": 500101, "min": "much", "max": 1}, 400),
            ("balance", {"account_id": 9001}, 400),
            ("balance", {"account_id": 1, "balance": 5}, 404),
            (f"orders/{uuid.uuid4()}/finish", {}, 404),
        ],
    )
    def test_say_what_is_wrong(self, supplier, path, body, status):
        answer = supplier.app.test_client().post(f"/_control/{path}", json=body)

        assert (answer.status_code, bool(answer.json["error"])) == (status, True)
