"""The table of staff roles and pages in docs/architecture.md is what the pages do, and no page is missing from it."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from steller.portal.pages.staff import addresses
from tests.integration.portal.staff.colleagues import ROLES, browser_of, colleague, set_scene

_ROW = re.compile(r"^\| [^|]+ \| `(GET|POST) (/staff/[^`]*)` \| [^|]+ \|((?: (?:yes|no) \|){5})$", re.MULTILINE)
_TEXT = (Path(settings.BASE_DIR) / "docs" / "architecture.md").read_text()
TABLE = [(method, address, re.findall("yes|no", cells)) for method, address, cells in _ROW.findall(_TEXT)]
# What an address without a deed of its own is called with; a deed that needs a reason is refused in words, not by 403.
_DEEDS = {"lines": "fail", "purchases": "close", "top-ups": "reject", "adjustments": "reject", "limits": "stop"}


class TestTheTable:
    @pytest.mark.parametrize("role", ROLES)
    def test_says_what_a_role_may(self, shop, role):
        scene = set_scene(shop)
        client = browser_of(colleague(role))
        for method, address, allowed in TABLE:
            deed = next((deed for part, deed in _DEEDS.items() if f"/{part}/" in address), "unlock")
            path = address.format(**scene.ids, deed=deed, kind="surplus", thing="brand")
            response = client.get(path) if method == "GET" else client.post(path)
            expected = {200, 302, 422} if allowed[ROLES.index(role)] == "yes" else {403}
            assert response.status_code in expected, (role, method, path)
            if method == "GET" and response.status_code == 200 and not response.streaming:
                assert _shown_but_refused(response.content.decode(), role) == [], path

    def test_names_each_page_of_staff(self):
        listed = {_shape(address) for _, address, _ in TABLE}
        # The deeds of a partner and of a wallet stand there one by one, each with its own permission.
        deeds = {"/staff/partners/*/*", "/staff/wallets/*/*"}
        pages = {_shape(f"/staff/{pattern.pattern}") for pattern in addresses.urlpatterns}
        assert pages - deeds <= listed
        assert all(shape in pages or re.sub(r"/[a-z-]+$", "/*", shape) in deeds for shape in listed)

    def test_has_a_permission_on_each_page(self):
        assert all(hasattr(pattern.callback, "permission") for pattern in addresses.urlpatterns)


class TestTheNavigation:
    @pytest.mark.parametrize("role", ROLES)
    def test_leads_only_to_pages_that_open(self, shop, role):
        client = browser_of(colleague(role))
        text = client.get("/staff/").content.decode()
        links = re.findall(r'<a class="nav-item" href="(/staff/[^"]*)"', text)
        assert "/staff/" in links
        assert {client.get(link).status_code for link in links} == {200}


def _shown_but_refused(text, role):
    """Return the links and forms of a page that would be refused to the role that it is shown to."""
    links = [("GET", address) for address in re.findall(r'(?:href|hx-get)="(/staff/[^"#]*)', text)]
    forms = [
        ("POST", address) for address in re.findall(r'<form[^>]* method="post"[^>]* action="(/staff/[^"#]*)', text)
    ]
    return [each for each in {*links, *forms} if _allowed(*each)[ROLES.index(role)] == "no"]


def _allowed(method, address):
    """Return the cells of an address; of rows that fit, those of the most particular one."""
    bare = address.partition("?")[0]
    fits = [
        row for row in TABLE if row[0] == method and any(re.fullmatch(_pattern(row[1]), a) for a in (address, bare))
    ]
    return min(fits, key=lambda row: ("?" not in row[1], row[1].count("{")))[2]


def _pattern(address):
    return re.sub(r"\\{[^}]+}", "[^/?]+", re.escape(address))


def _shape(address):
    return re.sub(r"<[^>]+>|{[^}]+}", "*", address.partition("?")[0])
