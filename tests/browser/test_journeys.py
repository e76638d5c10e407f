"""What partners' people do from end to end, by mouse, by keyboard alone, on a phone, and without JavaScript."""

import csv
import re
from pathlib import Path

from playwright.sync_api import expect

from bamboo import accounts
from orders.models import Card, Order
from orders.services import bulk
from steller.encryption import card_keys
from tests.browser.accessibility import faults


def codes_of(order_id):
    keys = card_keys()
    cards = Card.objects.filter(item__order=order_id)
    return {keys.decrypt(card.code, place=card.place("code")) for card in cards}


def rows_of(download):
    return list(csv.DictReader(Path(download.path()).read_text().splitlines()))


class TestTheJourneyOfABuyer:
    def test_from_the_log_in_to_the_codes_and_the_export(self, visit):
        visitor = visit(role="buyer").log_in()
        page = visitor.page
        find_a_card(visitor)
        change_the_cart(page)
        page.get_by_role("link", name="Check out").click()
        page.get_by_role("button", name=re.compile("Order and pay")).click()

        expect(page.get_by_role("heading", name="No cards yet")).to_be_visible()
        visitor.shop.work()
        page.get_by_role("button", name="Show codes").click()
        expect(page.locator("[data-code]")).to_have_count(3)
        visitor.screenshot("order-codes")
        take_the_codes(page, codes_of(Order.objects.get(partner=visitor.partner).pk))

        page.get_by_role("link", name="Orders", exact=True).first.click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Export CSV").click()
        assert [row["status"] for row in rows_of(download.value)] == ["succeeded"]

    def test_an_order_is_cancelled_only_after_a_question(self, visit):
        visitor = visit().log_in()
        placed = visitor.shop.order(visitor.partner, (visitor.shop.products()[0], 1))
        page = visitor.open(f"/orders/{placed.order.pk}")
        page.get_by_role("link", name="Cancel").click()
        dialog = page.get_by_role("dialog", name="Cancel this order?")
        visitor.screenshot("dialog")
        dialog.get_by_role("link", name="Not now").click()
        expect(dialog).to_be_hidden()
        page.get_by_role("link", name="Cancel").click()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        page.get_by_role("link", name="Cancel").click()
        dialog.get_by_role("button", name="Cancel the order").click()
        expect(page.get_by_text("Cancelled").first).to_be_visible()


class TestAFile:
    def test_is_checked_confirmed_and_followed(self, visit, tmp_path):
        visitor = visit().log_in()
        product = visitor.shop.products()[0]
        file = tmp_path / "gifts.csv"
        file.write_text(f"product_id,face_value,quantity,note\n{product.pk},,3,Ann\n999999,10,1,Bo\n")
        page = visitor.open("/bulk")
        page.get_by_label("CSV file").set_input_files(file)
        page.get_by_role("button", name="Upload and check").click()
        expect(page.get_by_text("There is no product 999999 in your catalog.")).to_be_visible()

        page.get_by_role("link", name="Order 1 row").click()
        page.get_by_role("button", name="Order and pay").click()
        expect(page.get_by_text("0 of 3 cards are here")).to_be_visible()
        assert bulk.place_due(seconds=5) == 1
        visitor.shop.work()
        expect(page.get_by_text("3 of 3 cards are here")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download cards").click()
        assert [row["note"] for row in rows_of(download.value)] == ["Ann"] * 3


class TestByKeyboardAlone:
    def test_a_card_is_ordered(self, visit):
        visitor = visit()
        page = visitor.open("/login")
        # The browser gives the focus with the first picture that it paints, which may be after everything is loaded.
        expect(page.get_by_label("E-mail address")).to_be_focused()
        page.keyboard.type(visitor.email)
        page.keyboard.press("Tab")
        page.keyboard.type("a-long-enough-passphrase")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{visitor.address}/")

        page.keyboard.press("Tab")
        assert focused(page) == "Skip to content"
        page.keyboard.press("Enter")
        tab_to(page, "New order")
        page.keyboard.press("Enter")
        page.wait_for_url("**/catalog")
        tab_to(page, "Add Bitleaf to the cart")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        expect(page.get_by_text("1 card is in the cart now.")).to_be_visible()
        visitor.open("/cart")
        tab_to(page, "Check out")
        page.keyboard.press("Enter")
        page.wait_for_url("**/checkout")
        tab_to(page, re.compile("Order and pay"))
        page.keyboard.press("Enter")
        page.wait_for_url("**/orders/*")

    def test_the_focus_stays_where_something_was_done(self, visit):
        visitor = visit().log_in()
        page = visitor.open("/catalog")
        tab_to(page, "Add Bitleaf to the cart")
        page.keyboard.press("Enter")
        expect(page.get_by_text("1 card is in the cart now.")).to_be_visible()
        assert focused(page) == "Add Bitleaf to the cart"

        placed = visitor.shop.order(visitor.partner, (visitor.shop.products()[0], 1))
        visitor.shop.work()
        page = visitor.open(f"/orders/{placed.order.pk}")
        tab_to(page, "Show codes")
        page.keyboard.press("Enter")
        expect(page.locator("[data-code]")).to_have_count(1)
        assert focused(page) == "Hide"

    def test_the_dialog_keeps_the_focus_and_gives_it_back(self, visit):
        visitor = visit().log_in()
        placed = visitor.shop.order(visitor.partner, (visitor.shop.products()[0], 1))
        page = visitor.open(f"/orders/{placed.order.pk}")
        tab_to(page, "Cancel")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        for _ in range(4):
            page.keyboard.press("Tab")
            assert page.evaluate("!document.activeElement.closest('main > *:not(dialog)')")
        page.keyboard.press("Escape")
        assert focused(page) == "Cancel"


class TestWithoutJavaScript:
    def test_a_card_is_found_ordered_and_read(self, visit):
        visitor = visit(java_script_enabled=False).log_in()
        page = visitor.open("/catalog")
        page.get_by_label("Search").fill("orbit play us")
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".offer")).to_have_count(1)
        page.get_by_role("button", name="Add Orbit Play US to the cart").click()
        expect(page.get_by_text("1 card is in the cart now.")).to_be_visible()
        visitor.open("/cart")
        page.get_by_label("Number of cards").fill("2")
        page.get_by_role("button", name="Update").click()
        page.get_by_role("link", name="Check out").click()
        page.get_by_role("button", name=re.compile("Order and pay")).click()
        order = page.url
        visitor.shop.work()
        visitor.open(order.removeprefix(visitor.address))
        page.get_by_role("button", name="Show codes").click()
        expect(page.locator("[data-code]")).to_have_count(2)

    def test_a_question_is_asked_by_its_address(self, visit):
        visitor = visit(java_script_enabled=False).log_in()
        placed = visitor.shop.order(visitor.partner, (visitor.shop.products()[0], 1))
        page = visitor.open(f"/orders/{placed.order.pk}")
        page.get_by_role("link", name="Cancel").click()
        page.get_by_role("button", name="Cancel the order").click()
        expect(page.get_by_text("Cancelled").first).to_be_visible()


class TestADayOfABuyer:
    def test_goes_back_to_a_whole_page_and_to_what_was_searched(self, visit):
        visitor = visit().log_in()
        page = visitor.open("/catalog")
        page.keyboard.press("/")
        page.keyboard.type("orbit")
        expect(page.get_by_role("status").filter(has_text="3 brands")).to_be_visible()
        page.locator(".offer-name a").first.click()
        page.wait_for_url("**/catalog/*")
        page.go_back()
        expect(page.get_by_role("heading", name="Catalog")).to_be_visible()
        expect(page.locator(".offer")).to_have_count(3)
        page.locator(".offer-name a").first.click()
        page.locator("a.back").click()
        page.wait_for_url("**/catalog?q=orbit*")

    def test_steps_through_quantities_by_keyboard(self, visit):
        visitor = visit().log_in()
        placed = visitor.shop.order(visitor.partner, (visitor.shop.products()[0], 1))
        page = visitor.open(f"/orders/{placed.order.pk}")
        page.get_by_role("button", name="Order again").click()
        total = page.locator("#cart-total")
        before = total.inner_text()
        page.get_by_role("button", name="One card more").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Number of cards")).to_have_value("2")
        expect(total).not_to_have_text(before)
        expect(page.get_by_role("button", name="One card more")).to_be_focused()
        page.get_by_role("button", name="One card less").click()
        expect(total).to_have_text(before)

    def test_tries_things_out_in_test_mode(self, visit, shop):
        accounts.refresh(shop.supplier.client, mode="test")
        visitor = visit(role="buyer").log_in()
        page = visitor.open("/wallet")
        page.get_by_role("button", name="Test", exact=True).click()
        page.get_by_role("button", name="Get play money").click()
        expect(page.locator(".figure")).to_contain_text("10,000.00")
        visitor.screenshot("test-mode")
        assert faults(page) == []
        visitor.open("/catalog")
        page.get_by_role("button", name="Add Bitleaf to the cart").click()
        expect(page.locator("#cart-count")).to_contain_text("1")
        visitor.open("/cart/checkout")
        page.get_by_label("Your reference").fill("Try-out")
        page.get_by_role("button", name=re.compile("Order and pay")).click()
        expect(page.get_by_text("Test mode.")).to_be_visible()
        assert Order.objects.get(partner=visitor.partner).mode == "test"
        page.get_by_role("button", name="Back to live").click()
        expect(page.get_by_text("First steps")).to_be_visible()


class TestAViewer:
    def test_is_offered_nothing_that_would_be_refused(self, visit):
        visitor = visit(role="viewer").log_in()
        for path in ("/", "/catalog", "/orders", "/bulk", "/webhooks"):
            page = visitor.open(path)
            for name in ("New order", "Bulk order", "Upload and check", "Cart", "Reveal log", "API keys", "Team"):
                expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
                expect(page.get_by_role("button", name=name)).to_have_count(0)


def find_a_card(visitor):
    page = visitor.page
    page.get_by_role("link", name="Catalog").click()
    page.get_by_label("Search").type("orbit")
    expect(page.get_by_role("status").filter(has_text="3 brands")).to_be_visible()
    page.get_by_label("Country").select_option(label="United States")
    expect(page.locator(".offer")).to_have_count(1)
    page.locator(".offer").get_by_label("Cards").fill("2")
    page.get_by_role("button", name="Add Orbit Play US to the cart").click()
    expect(page.get_by_text("2 cards are in the cart now.")).to_be_visible()
    visitor.screenshot("catalog-toast")
    expect(page.locator("#cart-count")).to_contain_text("2")


def change_the_cart(page):
    page.get_by_role("link", name="Cart").first.click()
    total = page.locator("#cart-total")
    before = total.inner_text()
    page.get_by_label("Number of cards").fill("3")
    page.get_by_label("Number of cards").blur()
    expect(total).not_to_have_text(before)


def take_the_codes(page, codes):
    assert set(page.locator("[data-code]").all_inner_texts()) == codes
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy all codes").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert set(page.evaluate("navigator.clipboard.readText()").split("\n")) == codes
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert {row["card_code"] for row in rows_of(download.value)} == codes


def focused(page):
    return page.evaluate("document.activeElement.innerText.trim()")


def tab_to(page, name):
    for _ in range(80):
        page.keyboard.press("Tab")
        if re.fullmatch(name, focused(page)) if isinstance(name, str) else name.match(focused(page)):
            return
    raise AssertionError(f"no way to {name!r} by Tab")
