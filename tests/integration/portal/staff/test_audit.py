"""The audit log's filters, as people fill them in."""

import re

import pytest

from orders.models import Order
from partners.models import AuditEntry
from steller.portal.deeds import DEEDS, deed_choices
from tests.integration.portal.staff.colleagues import browser_of, colleague, set_scene

_RECORDED = re.compile(r'action="([a-z_]+(?:\.[a-z_]+)+)"')


def shown(client, **filters):
    text = client.get("/staff/audit", filters).content.decode()
    return re.findall(r'<span title="([a-z_]+[.][a-z_.]+)">', text)


@pytest.fixture
def boss(db):
    return browser_of(colleague("admin", email="boss@steller.test"))


class TestTheFilters:
    def test_find_an_order_by_its_number_or_its_id(self, shop, boss):
        scene = set_scene(shop)
        boss.post(f"/staff/orders/{scene.waiting}/cancel", {"reason": "Agreed"})
        number = Order.objects.get(pk=scene.waiting).number
        for text in (str(number), f"#{number}", str(scene.waiting), f"order:{scene.waiting}"):
            assert shown(boss, subject=text) == ["order.cancel"], text
        assert shown(boss, subject=str(number + 1000)) == []

    def test_find_people_by_their_address_as_doer_and_as_subject(self, boss):
        other = colleague("catalog", email="worker@steller.test")
        boss.post(f"/staff/people/{other.pk}/unlock", {"reason": "Asked by phone"})
        assert shown(boss, actor="Boss@steller.test") == shown(boss, subject="worker@steller.test") == ["user.unlock"]
        assert shown(boss, actor="nobody@steller.test") == []

    def test_offer_deeds_and_partners_by_name(self, shop, boss):
        partner = shop.partner()
        text = boss.get("/staff/audit", {"action": "order.cancel", "partner": partner}).content.decode()
        assert '<option value="order.cancel" selected>Order cancelled</option>' in text
        assert f'<option value="{partner}" selected>' in text
        assert "No entry matches" in text

    def test_keep_a_deed_that_has_no_word(self, boss):
        AuditEntry.objects.create(action="moon.land", subject="moon:1", actor="system:tick")
        assert shown(boss, action="moon.land") == ["moon.land"]
        assert "<option selected>moon.land</option>" in boss.get("/staff/audit?action=moon.land").content.decode()

    def test_bear_nonsense(self, boss):
        for text in ("9" * 30, "%00", "#", ":", "a@b", "'"):
            assert boss.get("/staff/audit", {"subject": text, "actor": text, "partner": text}).status_code == 200


class TestTheWords:
    def test_name_everything_that_is_written_down(self, shop, boss):
        scene = set_scene(shop)
        boss.post(f"/staff/purchases/{scene.purchase}/close", {"reason": "Agreed"})
        assert set(AuditEntry.objects.values_list("action", flat=True)) <= set(DEEDS)

    def test_name_each_deed_that_the_code_spells_out(self, settings):
        written = {
            action
            for app in ("partners", "orders", "wallets", "catalog", "steller")
            for file in (settings.BASE_DIR / app).rglob("*.py")
            for action in _RECORDED.findall(file.read_text())
        }
        assert len(written) > 20
        assert written <= set(DEEDS)

    def test_stand_in_a_group_each(self):
        assert sorted(action for _, group in deed_choices() for action, _ in group) == sorted(DEEDS)
