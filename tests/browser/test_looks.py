"""Every page as it is seen: no fault that axe finds, in light and dark; nothing wider than a phone; few bytes.

`make screenshots` also photographs each page for people to look at, into .local/screenshots.
"""

import pytest

from partners.models import User
from tests.browser.accessibility import faults, faults_of_colour
from tests.browser.lived_in import fill_cart, reveal, settle_in

PAGES = {
    "overview": "/",
    "catalog": "/catalog",
    "catalog-nothing": "/catalog?q=nothing-is-called-so",
    "brand": "/catalog/{brand}",
    "cart": "/cart",
    "checkout": "/cart/checkout",
    "orders": "/orders",
    "order-done": "/orders/{done}",
    "order-partial": "/orders/{partial}",
    "order-waiting": "/orders/{waiting}",
    "bulk": "/bulk",
    "bulk-draft": "/bulk/{draft}",
    "bulk-ordered": "/bulk/{ordered}",
    "wallets": "/wallet",
    "wallet": "/wallet/{wallet}",
    "statement": "/wallet/{wallet}/statement",
    "reveals": "/reveals",
    "webhooks": "/webhooks",
    "webhook": "/webhooks/{webhook}",
    "events": "/events",
    "keys": "/keys",
    "key": "/keys/{key}",
    "team": "/team",
    "member": "/team/{member}",
    "notifications": "/notifications",
    "account": "/account",
    "own-password": "/account/password",
    "own-second-factor": "/account/second-factor",
    "developers": "/developers",
    "errors": "/api/errors",
    "not-found": "/orders/00000000-0000-0000-0000-000000000000",
}
# Light and dark differ in colours alone, and these have all that bears a colour.
IN_THE_DARK = {
    "login",
    *("overview", "catalog", "cart", "checkout", "order-done", "order-partial", "bulk-draft", "wallet", "not-found"),
    *("webhook", "keys", "key", "team", "member", "notifications", "events", "account", "developers"),
}
# Swagger UI's own markup: a button within each line that opens, its title beside its own main part, its order of headings.
_OF_SWAGGER = ("nested-interactive", "region", "heading-order")
_DESKTOP = {"width": 1280, "height": 900}
_PHONE = {"width": 390, "height": 844}
_MOST_BYTES = 100 * 1024


@pytest.fixture(scope="module")
def lived_in(shop):
    return settle_in(shop)


@pytest.fixture
def owner(visit, lived_in):
    def come(**options):
        visitor = visit(partner=lived_in.partner, **options)
        user = User.objects.get(email=visitor.email)
        fill_cart(visitor.shop, user.pk)
        reveal(lived_in, user.pk)
        return visitor.log_in()

    return come


def path_of(name, lived_in):
    fields = {field: getattr(lived_in, field) for field in lived_in.__slots__}
    return PAGES[name].format(**fields)


class TestEachPage:
    def test_has_no_fault_that_axe_finds_in_light_or_dark_and_fits_a_phone(self, owner, lived_in):
        visitor = owner()
        found = {name: seen for name in PAGES if (seen := look_at(visitor, name, path_of(name, lived_in)))}
        visitor.complaints.clear() if _only_not_found(visitor.complaints) else None
        assert found == {}

    def test_fits_a_phone_that_zooms_and_is_touched(self, owner, lived_in):
        visitor = owner(viewport=_PHONE, is_mobile=True, has_touch=True)
        for name in ("overview", "catalog", "order-done", "keys"):
            page = visitor.open(path_of(name, lived_in))
            assert page.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"], name

    def test_opens_its_menu_on_a_phone(self, owner):
        visitor = owner(viewport=_PHONE, is_mobile=True, has_touch=True)
        page = visitor.page
        assert not page.get_by_role("link", name="Wallets").is_visible()
        page.get_by_role("button", name="Menu").click()
        visitor.screenshot("menu-phone")
        page.get_by_role("link", name="Wallets").click()
        page.wait_for_url("**/wallet")

    def test_of_the_log_in_has_no_fault_either(self, visit):
        assert look_at(visit(), "login", "/login") == []

    def test_of_the_api_reference_has_no_fault_of_ours(self, visit):
        visitor = visit()
        page = visitor.open("/api/docs")
        page.locator(".opblock").nth(9).wait_for()
        visitor.screenshot("reference-light")
        assert faults(page, but=_OF_SWAGGER) == []

    def test_takes_less_than_100_kilobytes_on_the_first_visit(self, owner, lived_in):
        visitor = owner()
        network = visitor.page.context.new_cdp_session(visitor.page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[float] = []
        network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        for name in ("overview", "catalog", "order-done"):
            visitor.page.goto("about:blank")
            sizes.clear()
            visitor.open(path_of(name, lived_in)).evaluate("document.fonts.ready")
            assert 50_000 < sum(sizes) < _MOST_BYTES, name


def look_at(visitor, name, path):
    """Return what is wrong with a page: on a desk in light, in the dark, on a phone. It is loaded once."""
    page = visitor.open(path)
    visitor.screenshot(f"{name}-light")
    wrong = faults(page)
    if name in IN_THE_DARK:
        page.emulate_media(color_scheme="dark")
        visitor.screenshot(f"{name}-dark")
        wrong += [f"dark: {fault}" for fault in faults_of_colour(page)]
        page.emulate_media(color_scheme="light")
    page.set_viewport_size(_PHONE)
    visitor.screenshot(f"{name}-phone")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(_DESKTOP)
    return wrong + ([f"{width} pixels wide on a phone"] if width > _PHONE["width"] else [])


def _only_not_found(complaints):
    return all("404" in complaint for complaint in complaints)
