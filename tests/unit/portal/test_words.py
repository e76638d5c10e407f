"""What pages say for what is stored: every deed of the audit log has words, and spans of time have fitting units."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from steller.portal.templatetags.audit import about, deed
from steller.portal.templatetags.money import duration

_DEED = re.compile(r'(?:action=|_record\(\s*[^"()]*?)"([a-z_]+\.[a-z_]+)"')
_APPS = ("partners", "orders", "wallets", "catalog", "steller")
RECORDED = sorted(
    {
        name
        for app in _APPS
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
        for name in _DEED.findall(path.read_text())
    }
)


@dataclass
class Entry:
    subject: str
    action: str = "order.cancel"


class Colleague:
    def __init__(self, *permissions):
        self.permissions = permissions

    def may(self, permission):
        return permission in self.permissions


class TestDeeds:
    def test_are_found_in_the_code(self):
        assert {"order.cancel", "user.log_out", "wallet.threshold", "line.fail"} <= set(RECORDED)

    @pytest.mark.parametrize("name", RECORDED)
    def test_have_words(self, name):
        assert "." not in deed(name).rstrip(".")


class TestAbout:
    def test_leads_to_what_the_colleague_may_open(self):
        number = "3bc8faab-e03b-482f-83fa-e761b7a40a6d"
        shown = about(Entry(f"order:{number}"), Colleague("orders.view_order"))
        assert f'href="/staff/orders/{number}"' in shown
        assert "order 3bc8faab…" in shown
        assert "href" not in about(Entry(f"order:{number}"), Colleague())

    def test_leads_nowhere_for_what_has_no_page(self):
        assert "href" not in about(Entry("contact:3"), Colleague())
        assert "href" not in about(Entry("user:3", "user.remove"), Colleague("partners.view_user"))


class TestDuration:
    @pytest.mark.parametrize(
        ("seconds", "said"),
        [(0.4, "0.4 s"), (90, "90.0 s"), (600, "10 min"), (9000, "2.5 h"), (396005, "4.6 d")],
    )
    def test_is_in_the_unit_that_people_would_take(self, seconds, said):
        assert duration(seconds) == said
