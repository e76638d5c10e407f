"""What all staff pages have in common: who sees them, and that they cost the same for one row and for many."""

import pytest
from django.test import Client

from tests.integration.portal.people import log_in as log_in_partner
from tests.integration.portal.people import queries_of
from tests.integration.portal.staff.colleagues import log_in, set_scene

PAGES = [
    "/staff/",
    "/staff/orders",
    "/staff/orders?q=BANK&status=succeeded&from=2026-01-01&to=2030-01-01&partner=1",
    "/staff/orders/new",
    "/staff/orders/new?q=partner",
    "/staff/orders/new?partner={partner}&request_id=00000000-0000-0000-0000-000000000001",
    "/staff/orders/{order}",
    "/staff/orders/{order}/supplier",
    "/staff/orders/{waiting}",
    "/staff/review",
    "/staff/review/lines",
    "/staff/review/cards/surplus",
    "/staff/review/cards/duplicate",
    "/staff/purchases/{purchase}",
    "/staff/top-ups",
    "/staff/top-ups?status=all&q=b",
    "/staff/top-ups/{top_up}",
    "/staff/adjustments",
    "/staff/adjustments/{adjustment}",
    "/staff/wallets/{wallet}",
    "/staff/wallets/{wallet}?kind=capture&from=2026-01-01",
    "/staff/reconciliation",
    "/staff/reconciliation/differences",
    "/staff/reconciliation/differences?state=open&kind=price",
    "/staff/reconciliation/{run}",
    "/staff/partners",
    "/staff/partners?q=partner",
    "/staff/partners/new",
    "/staff/partners/{partner}",
    "/staff/partners/{partner}/orders",
    "/staff/partners/{partner}/people",
    "/staff/partners/{partner}/keys",
    "/staff/partners/{partner}/contacts",
    "/staff/partners/{partner}/prices",
    "/staff/partners/{partner}/catalog",
    "/staff/partners/{partner}/events",
    "/staff/partners/{partner}/audit",
    "/staff/catalog",
    "/staff/catalog/runs/{sync_run}",
    "/staff/catalog/products?q=play&state=for_sale",
    "/staff/catalog/names/product?product=o",
    "/staff/catalog/rules?show=all",
    "/staff/prices?show=all",
    "/staff/prices/ask",
    "/staff/reports",
    "/staff/reports?by=product",
    "/staff/reports/failures",
    "/staff/reports/balances",
    "/staff/reports/exports",
    "/staff/reports/exports/{export}",
    "/staff/limits",
    "/staff/people?of=everybody",
    "/staff/people/{user}",
    "/staff/people/{colleague}",
    "/staff/people/{colleague}/permissions",
    "/staff/people/new?partner={partner}",
    "/staff/audit",
]


class TestEachPage:
    @pytest.mark.parametrize("path", ["/staff/", "/staff/orders", "/staff/audit"])
    def test_asks_strangers_to_log_in(self, db, path):
        assert Client().get(path).url.startswith("/login?next=/staff/")

    def test_is_not_for_partners(self, shop):
        assert log_in_partner(shop.partner()).get("/staff/").status_code == 403

    def test_shows_itself_with_a_strict_policy_and_is_never_kept(self, shop):
        scene = set_scene(shop)
        client = log_in("admin")
        for path in PAGES:
            response = client.get(path.format(**scene.ids))
            assert response.status_code == 200, path
            assert "no-store" in response.headers["Cache-Control"], path
            if response.streaming:
                continue
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
            for forbidden in (b"<style", b" style=", b"<script>", b" onclick="):
                assert forbidden not in response.content, path

    def test_offers_to_open_the_first_partner_to_those_who_may(self, db):
        assert b"No partner matches" in log_in("admin").get("/staff/partners?q=x").content
        for role, may in (("admin", True), ("support", False)):
            text = log_in(role).get("/staff/partners").content.decode()
            assert "No partner yet" in text
            assert (text.count('href="/staff/partners/new"') == 2) is may

    def test_bears_a_database_without_anything(self, db):
        client = log_in("admin")
        for path in PAGES:
            if "{" not in path:
                assert client.get(path).status_code == 200, path


class TestQueries:
    """Each page, with one row of everything and with many."""

    def test_are_as_many_for_many_rows_as_for_one(self, shop):
        client = log_in("admin")
        counts = {}
        few = set_scene(shop)
        for path in PAGES:
            queries_of(client, path.format(**few.ids))
            counts[path] = [queries_of(client, path.format(**few.ids))]
        many = set_scene(shop, rows=4)
        for path in PAGES:
            counts[path].append(queries_of(client, path.format(**many.ids)))

        assert {path: pair for path, pair in counts.items() if pair[0] != pair[1]} == {}
        assert max(count for count, _ in counts.values()) < 40
