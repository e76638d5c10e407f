"""What our staff do from end to end, what each role sees, and every page as it is seen.

Pages are also photographed for people to look at, into .local/screenshots.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bamboo.models import Limiter
from orders.models import Order, OrderItem
from partners.models import Partner, User
from tests.browser.accessibility import faults, faults_of_colour
from tests.browser.lived_in import settle_in
from tests.integration.portal.staff.colleagues import set_scene
from tests.shop import check_books
from wallets.models import Wallet

MENUS = {
    "admin": {"Overview", "Orders", "Review list", "Partners", "Top-ups", "Reconciliation", "Reports", "Catalog"}
    | {"Prices", "Limits", "People and roles", "Audit log", "Admin"},
    "finance": {"Overview", "Orders", "Review list", "Partners", "Top-ups", "Reconciliation", "Reports", "Catalog"}
    | {"Prices", "Limits", "People and roles", "Audit log", "Admin"},
    "catalog": {"Overview", "Partners", "Catalog", "Prices", "Admin"},
}
PAGES = {
    "overview": "/staff/",
    "orders": "/staff/orders",
    "order": "/staff/orders/{order}",
    "order-waiting": "/staff/orders/{waiting}",
    "order-new-partner": "/staff/orders/new",
    "order-new": "/staff/orders/new?partner={partner}&request_id=00000000-0000-0000-0000-000000000001",
    "review": "/staff/review",
    "review-lines": "/staff/review/lines",
    "review-surplus": "/staff/review/cards/surplus",
    "review-duplicate": "/staff/review/cards/duplicate",
    "purchase": "/staff/purchases/{purchase}",
    "top-ups": "/staff/top-ups",
    "top-up": "/staff/top-ups/{top_up}",
    "adjustments": "/staff/adjustments",
    "adjustment": "/staff/adjustments/{adjustment}",
    "wallet": "/staff/wallets/{wallet}",
    "reconciliation": "/staff/reconciliation",
    "reconciliation-run": "/staff/reconciliation/{run}",
    "differences": "/staff/reconciliation/differences",
    "partners": "/staff/partners",
    "partner-new": "/staff/partners/new",
    "partner": "/staff/partners/{partner}",
    "partner-people": "/staff/partners/{partner}/people",
    "partner-contacts": "/staff/partners/{partner}/contacts",
    "partner-keys": "/staff/partners/{partner}/keys",
    "partner-prices": "/staff/partners/{partner}/prices",
    "partner-events": "/staff/partners/{partner}/events",
    "partner-audit": "/staff/partners/{partner}/audit",
    "catalog": "/staff/catalog",
    "catalog-run": "/staff/catalog/runs/{sync_run}",
    "products": "/staff/catalog/products",
    "catalog-rules": "/staff/catalog/rules",
    "prices": "/staff/prices",
    "price-ask": "/staff/prices/ask?partner={partner}&product={product}&face_value=10",
    "reports": "/staff/reports",
    "report-failures": "/staff/reports/failures",
    "report-balances": "/staff/reports/balances",
    "exports": "/staff/reports/exports",
    "limits": "/staff/limits",
    "people": "/staff/people",
    "person": "/staff/people/{user}",
    "person-new": "/staff/people/new",
    "permissions": "/staff/people/{colleague}/permissions",
    "audit": "/staff/audit",
}
# Colours and parts are the same on all pages: these few show each of them.
_TOLD_APART = {"overview", "order", "purchase", "top-up", "partner", "products", "price-ask", "limits", "reports"}


@pytest.fixture(scope="module")
def scene(shop):
    settle_in(shop)
    made = set_scene(shop)
    Partner.objects.filter(pk=made.partner).update(name="Aurora Perks", weight=2)
    now = timezone.now()
    lines = OrderItem.objects.filter(settled_at__isnull=False).order_by("queued_at")
    for index, line in enumerate(lines):
        then = now - timedelta(days=index % 27, hours=index % 5)
        OrderItem.objects.filter(pk=line.pk).update(settled_at=then)
        Order.objects.filter(pk=line.order_id).update(created_at=then - timedelta(seconds=4 + index % 9))
    hour = timedelta(hours=1)
    Limiter.objects.create(key="transactions", next_at=now, blocked_until=now + hour, reason="accounts 503")
    Limiter.objects.create(key="catalog", next_at=now + hour, stopped_at=now, stopped_by="user:1", stop_reason="Moving")
    return made.ids | {"product": shop.products()[0].pk}


class TestEachStaffPage:
    def test_has_no_fault_in_light_and_dark_and_fits_a_phone(self, staff, scene):
        visitor = staff("admin", reduced_motion="reduce").log_in("/staff/")
        page, found, wide = visitor.page, {}, []
        for name, address in PAGES.items():
            page.set_viewport_size({"width": 1280, "height": 900})
            page.emulate_media(color_scheme="light")
            visitor.open(address.format(**scene))
            visitor.screenshot(f"staff-{name}-light")
            if seen := faults(page):
                found[name] = seen
            page.set_viewport_size({"width": 390, "height": 844})
            if name in _TOLD_APART:
                page.emulate_media(color_scheme="dark")
                visitor.screenshot(f"staff-{name}-phone")
                if seen := faults_of_colour(page):
                    found[f"{name}, dark"] = seen
            if page.evaluate("document.documentElement.scrollWidth") > 390:
                wide.append(name)
        assert (found, wide) == ({}, [])


def ask(page, opener, dialog, button, *, reason="Agreed by phone"):
    """Open a question, say why, and say yes."""
    page.get_by_role("link", name=opener, exact=True).first.click()
    asked = page.get_by_role("dialog", name=dialog)
    asked.get_by_label("Reason").fill(reason)
    asked.get_by_role("button", name=button, exact=True).click()


def open_a_partner(page):
    page.get_by_label("Business name").fill("Halcyon Gifts")
    page.get_by_label("E-mail address", exact=True).fill("hello@halcyon.example")
    page.get_by_label("Reason").fill("Signed on Monday")
    page.get_by_label("First API key").select_option("Live key")
    page.get_by_role("button", name="Open the partner").click()
    expect(page.locator("#key")).to_contain_text("stl_live_")
    page.get_by_role("link", name="It is handed over").click()
    expect(page.get_by_role("heading", name="Halcyon Gifts")).to_be_visible()


def about(page, tab):
    """Open a tab of the partner's pages; the menu has links of the same names."""
    page.get_by_role("navigation", name="About this partner").get_by_role("link", name=tab).click()


def fund_its_wallet(visitor):
    page = visitor.page
    page.get_by_text("Record a payment").click()
    page.locator("#top-up").get_by_label("Amount").fill("500")
    page.get_by_label("Payment reference").fill("BANK-771")
    page.locator("#top-up").get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Book 500.00 USD to Halcyon Gifts?")).to_be_visible()
    expect(page.get_by_text("The balance becomes 500.00 USD at once.")).to_be_visible()
    assert faults(page) == []
    visitor.screenshot("staff-sure")
    page.get_by_role("button", name="Book 500.00 USD").click()
    expect(page.get_by_text("Approved, and booked.")).to_be_visible()
    expect(page.locator(".figure").first).to_contain_text("500.00")


def set_its_price(page, product):
    page.get_by_text("Open a rule").click()
    page.get_by_label("Brand").press_sequentially(product.brand.name[:5])
    suggestion = page.locator(f"#brand-names option[value$='#{product.brand_id}']")
    expect(suggestion).to_be_attached()
    page.get_by_label("Brand").fill(suggestion.get_attribute("value"))
    page.get_by_label("How much").fill("1.5")
    page.locator("#new-rule").get_by_label("Reason").fill("As in the contract")
    page.get_by_role("button", name="Open the rule").click()
    page.get_by_role("dialog", name="Open this price rule?").get_by_role("button", name="Open it").click()
    expect(page.get_by_text("1.5%")).to_be_visible()


def order_for_it(visitor, product):
    """Order two cards for the partner whose pages are open, at its own price."""
    page = visitor.page
    about(page, "Summary")
    page.get_by_role("link", name="New order").click()
    page.get_by_role("searchbox").fill(product.name)
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**q=*")
    page.get_by_label(f"Number of cards of {product.name}").fill("2")
    page.get_by_role("button", name=f"Add {product.name}").click()
    expect(page.get_by_text("2 cards are in the order now.")).to_be_visible()
    visitor.screenshot("staff-order-new")
    page.get_by_role("link", name="Check the order").click()
    expect(page.get_by_text("500.00 USD")).to_be_visible()
    page.get_by_label("Reason").fill("Its own system is down")
    visitor.screenshot("staff-order-check")
    page.get_by_role("button", name="Order for").click()
    expect(page.get_by_text("The order stands")).to_be_visible()


class TestTheJourneyOfAPartner:
    def test_from_opening_it_to_a_refunded_card(self, staff):
        visitor = staff("admin").log_in("/staff/")
        page, shop = visitor.page, visitor.shop
        page.get_by_role("link", name="New partner").click()
        open_a_partner(page)
        page.locator("a.stat").click()
        fund_its_wallet(visitor)
        page.get_by_role("link", name="Halcyon Gifts").first.click()
        about(page, "Prices")
        set_its_price(page, shop.products()[0])
        partner = Partner.objects.get(name="Halcyon Gifts")
        order_for_it(visitor, shop.products()[0])
        order = Order.objects.get(partner=partner)
        expect(page.get_by_text("0 of 2 cards are here")).to_be_visible()
        shop.work()
        expect(page.get_by_text("2 of 2 cards are here")).to_be_visible()
        ask(page, "Refund", "Refund this card to Halcyon Gifts?", "Refund", reason="The code was used before")
        expect(page.get_by_text("went back to the partner's wallet")).to_be_visible()
        refunded = order.sale_total / 2
        spent = Wallet.objects.get(partner=partner).available
        assert spent == 500 - refunded
        visitor.screenshot("staff-order-refunded")
        check_books()

    def test_without_javascript_a_question_is_asked_by_its_address(self, staff):
        visitor = staff("support", java_script_enabled=False).log_in("/staff/")
        partner = visitor.shop.partner()
        page = visitor.open(f"/staff/partners/{partner}")
        ask(page, "Suspend", "Suspend this partner?", "Suspend", reason="Payment dispute")
        expect(page.get_by_text("Suspended since")).to_be_visible()
        assert Partner.objects.get(pk=partner).suspended_reason == "Payment dispute"


class TestTheMenu:
    @pytest.mark.parametrize("role", MENUS)
    def test_shows_what_the_role_may_open(self, staff, role):
        visitor = staff(role).log_in("/staff/")
        links = visitor.page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()
        assert set(map(str.strip, links)) == MENUS[role]

    def test_leads_from_the_log_in_to_pages_for_staff(self, staff):
        visitor = staff("auditor").log_in("/staff/")
        visitor.page.get_by_role("link", name="Audit log").click()
        expect(visitor.page.get_by_role("heading", name="Audit log")).to_be_visible()
        assert User.objects.get(email=visitor.email).last_login is not None
        assert re.search("/staff/audit$", visitor.page.url)
