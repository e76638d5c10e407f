"""The admin in a browser: in our colours, without a complaint about the content security policy."""

import uuid

import pytest
from django_subatomic.db import transaction

from partners import services as partners
from tests.browser.conftest import PASSWORD

PAGES = {
    "index": "/admin/",
    "orders": "/admin/orders/order/",
    "entries": "/admin/wallets/walletentry/",
    "partner": "/admin/partners/partner/{partner}/change/",
    "rules": "/admin/catalog/commissionrule/",
}


@pytest.fixture
def boss(visit):
    visitor = visit()
    visitor.shop.order(visitor.partner, (visitor.shop.products()[0], 2))
    email = f"boss-{uuid.uuid4().hex[:6]}@steller.example"
    with transaction():
        partners.create_user(email=email, role="admin", password=PASSWORD, actor="system:test")
    visitor.open("/login")
    visitor.page.get_by_label("E-mail address").fill(email)
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Log in").click()
    visitor.page.wait_for_url(lambda url: not url.endswith("/login"))
    return visitor


class TestTheAdmin:
    @pytest.mark.parametrize("name", PAGES)
    def test_looks_like_the_rest(self, boss, name):
        page = boss.open(PAGES[name].format(partner=boss.partner))

        boss.screenshot(f"admin-{name}")
        colour = page.locator("#site-name a").evaluate("element => getComputedStyle(element).fontFamily")
        assert "Figtree" in colour
