"""`product.changed`: one event a sync, for partners that asked for it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import CatalogRule, Product
from catalog.services import announcing, sync_catalog
from partners import services as partners
from partners.models import Event
from tests import factories
from tests.integration.catalog.supplier import Sandbox

pytestmark = pytest.mark.django_db


def subscribe(partner, *kinds, mode="live"):
    partners.create_endpoint(
        partner_id=partner.pk, mode=mode, url="https://partner.example/", kinds=kinds, actor="user:1"
    )


class TestASynchronisation:
    def test_tells_of_its_changes_once(self):
        sandbox = Sandbox()
        partner = factories.PartnerFactory()
        subscribe(partner, "product.changed")
        subscribe(partner)

        sync_catalog(sandbox.client)

        [event] = Event.objects.all()
        assert (event.partner, event.kind, event.mode) == (partner, "product.changed", "live")
        assert event.body["product_ids"]
        assert event.body["complete"] is True

    def test_that_changes_nothing_tells_nothing(self):
        sandbox = Sandbox()
        sync_catalog(sandbox.client)
        subscribe(factories.PartnerFactory())

        sync_catalog(sandbox.client)

        assert not Event.objects.exists()

    def test_names_what_changed_and_nothing_else(self):
        sandbox = Sandbox()
        sync_catalog(sandbox.client)
        subscribe(factories.PartnerFactory())
        product = Product.objects.order_by("pk")[3]
        sandbox.control("stock", {"product_id": product.supplier_id, "count": 3})

        sync_catalog(sandbox.client)

        assert Event.objects.get().body["product_ids"] == [product.pk]


class TestTheAnnouncement:
    def test_goes_to_nobody_who_did_not_ask(self):
        factories.ProductFactory()
        subscribe(factories.PartnerFactory(), "order.failed")
        factories.PartnerFactory()

        assert announcing.announce_changes(since=timezone.now() - timedelta(minutes=1)) == 0

    def test_names_only_what_the_partner_may_see(self):
        hidden, shown = factories.ProductFactory.create_batch(2)
        partner = factories.PartnerFactory()
        CatalogRule.objects.create(partner=partner, product=hidden, effect=CatalogRule.Effect.DENY)
        subscribe(partner)

        announcing.announce_changes(since=timezone.now() - timedelta(minutes=1))

        assert Event.objects.get().body["product_ids"] == [shown.pk]

    def test_is_bounded(self, monkeypatch):
        factories.ProductFactory.create_batch(4)
        subscribe(factories.PartnerFactory(), mode="test")
        monkeypatch.setattr(announcing, "MOST_IDS", 3)

        announcing.announce_changes(since=timezone.now() - timedelta(minutes=1))

        event = Event.objects.get()
        assert event.mode == "test"
        assert (len(event.body["product_ids"]), event.body["complete"]) == (3, False)
