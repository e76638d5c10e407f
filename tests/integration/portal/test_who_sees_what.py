"""The table of roles and pages in docs/architecture.md is what the pages do, and no page is missing from it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver

from catalog.models import Brand
from orders.services import bulk
from partners import services as partners
from partners.models import Partner
from tests import factories
from tests.integration.portal.people import log_in

ROLES = ("owner", "buyer", "developer", "viewer")
_ROW = re.compile(
    r"^\| [^|]+ \| `(GET|POST) (/[^`]*)` \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \|$", re.MULTILINE
)
TABLE = _ROW.findall((Path(settings.BASE_DIR) / "docs" / "architecture.md").read_text())


@pytest.fixture
def partner(shop):
    return shop.partner()


@pytest.fixture
def ids(shop, partner):
    placed = shop.order(partner, (shop.products()[0], 1))
    draft = bulk.upload(
        partner_id=partner,
        mode="live",
        currency="USD",
        file_name="x.csv",
        text=f"product_id,quantity\n{shop.products()[0].pk},1",
        actor="user:1",
    )
    return {
        "order": placed.order.pk,
        "wallet": placed.order.wallet_id,
        "brand": Brand.objects.first().pk,
        "bulk": draft.pk,
        "key": factories.ApiKeyFactory(partner=Partner.objects.get(pk=partner)).pk,
        "member": factories.UserFactory(partner=Partner.objects.get(pk=partner), role="viewer").pk,
        "webhook": partners.create_endpoint(
            partner_id=partner, mode="live", url="https://hooks.northwind.example/steller", actor="user:1"
        ).endpoint.pk,
    }


class TestTheTable:
    @pytest.mark.parametrize("role", ROLES)
    def test_says_what_a_role_may(self, partner, ids, role):
        client = log_in(partner, role)
        for method, address, *allowed in TABLE:
            path = address.format(**ids)
            response = client.get(path) if method == "GET" else client.post(path)
            expected = {200, 302, 422} if allowed[ROLES.index(role)] == "yes" else {403}
            assert response.status_code in expected, (role, method, path)

    def test_names_each_page_of_partners(self):
        listed = {_shape(address) for _, address, *_ in TABLE}
        pages = {
            _shape(f"/{pattern.pattern}")
            for pattern in get_resolver().url_patterns
            if hasattr(getattr(pattern, "callback", None), "scope")
        }
        assert listed == pages

    def test_refuses_a_suspended_partner_what_costs_money_or_shows_cards(self, shop, partner, ids):
        client = log_in(partner)
        Partner.objects.update(suspended_at="2026-01-01T00:00Z")
        assert b"Your account is suspended" in client.get("/").content
        for path in ("/cart/order", f"/orders/{ids['order']}/cards", f"/bulk/{ids['bulk']}/confirm", "/bulk/upload"):
            assert client.post(path).status_code == 403, path


def _shape(address):
    return re.sub(r"<[^>]+>|{[^}]+}", "*", address)
