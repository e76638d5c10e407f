"""Scripts of other sites read answers only when their origin is named, and only below `/api/`."""

import pytest

pytestmark = pytest.mark.django_db
SHOP = "https://shop.example.com"


@pytest.fixture
def shop(settings):
    settings.CORS_ORIGINS = [SHOP]


class TestAScript:
    def test_of_a_named_origin_may_read_answers(self, buyer, shop):
        answer = buyer.api.get("/api/wallet", headers={"Origin": SHOP})

        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert "X-Reference-Id" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.headers["Vary"]

    def test_of_a_named_origin_is_answered_when_it_asks_beforehand(self, client, shop):
        answer = client.options("/api/order", headers={"Origin": SHOP, "Access-Control-Request-Method": "POST"})

        assert answer.status_code == 204
        assert "X-Api-Key" in answer.headers["Access-Control-Allow-Headers"]

    def test_of_another_origin_may_not(self, buyer, shop):
        answer = buyer.api.get("/api/wallet", headers={"Origin": "https://elsewhere.example.com"})

        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]

    def test_of_nobody_may_when_none_is_named(self, buyer):
        assert "Access-Control-Allow-Origin" not in buyer.api.get("/api/wallet", headers={"Origin": SHOP}).headers

    def test_may_not_read_pages(self, client, shop):
        assert "Access-Control-Allow-Origin" not in client.get("/login", headers={"Origin": SHOP}).headers
