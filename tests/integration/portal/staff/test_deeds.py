"""What staff do on their pages: each deed does what its service does, wants a reason, and says what came of it."""

import uuid
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.core.paginator import Paginator

from bamboo.models import Limiter
from catalog.models import CatalogRule, CommissionRule, SyncRun
from orders.models import Card, CardRefund, Order, OrderItem, Purchase, ReconciliationDifference, ReportExport
from orders.services import exporting
from partners.models import ApiKey, AuditEntry, Partner, User, WebhookReplay
from partners.services import create_endpoint
from steller.portal.pages.staff import lists
from steller.portal.templatetags.money import money
from tests.integration.portal.staff.colleagues import browser_of, colleague, log_in, set_scene
from tests.shop import check_books
from wallets.models import Adjustment, TopUp, Wallet

WHY = {"reason": "Agreed by phone"}
YES = {"sure": "yes"}


@pytest.fixture
def scene(shop):
    return set_scene(shop)


@pytest.fixture
def boss(scene):
    return log_in("admin")


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


class TestOrders:
    def test_are_found_by_number_partner_and_reference(self, scene, boss):
        order = Order.objects.get(pk=scene.order)
        for text in (str(order.number), order.partner.name, str(order.request_id)):
            assert f"#{order.number}".encode() in boss.get("/staff/orders", {"q": text}).content
        assert b"No order matches" in boss.get("/staff/orders?q=nothing-like-that").content

    def test_are_cancelled_with_a_reason_and_not_without(self, scene, boss):
        path = f"/staff/orders/{scene.waiting}/cancel"
        assert "Give a reason" in said(boss.post(path))
        assert Order.objects.get(pk=scene.waiting).status == "created"
        boss.post(path, WHY)
        assert Order.objects.get(pk=scene.waiting).status == "cancelled"
        assert AuditEntry.objects.get(action="order.cancel").reason == "Agreed by phone"

    def test_are_revealed_once_and_recorded(self, scene, boss):
        shown = boss.post(f"/staff/orders/{scene.order}/reveal", WHY)
        assert shown.content.count(b"data-code") == 2
        assert "no-store" in shown.headers["Cache-Control"]
        assert AuditEntry.objects.get(action="card.reveal").reason == "Agreed by phone"
        assert boss.post(f"/staff/orders/{scene.order}/reveal").status_code == 302

    def test_have_a_bad_card_refunded_once_however_often_it_is_sent(self, scene, boss):
        before = Wallet.objects.get(pk=scene.wallet).available
        form = {**WHY, "amount": "4.00", "request_id": str(uuid.uuid4())}
        for _ in range(2):
            boss.post(f"/staff/orders/{scene.order}/cards/{scene.card}/refund", form)
        assert CardRefund.objects.get().amount == 4
        assert Wallet.objects.get(pk=scene.wallet).available == before + 4
        check_books()

    def test_say_what_is_wrong_with_a_refund(self, scene, boss):
        path = f"/staff/orders/{scene.order}/cards/{scene.card}/refund"
        assert "Amount" in said(boss.post(path, {**WHY, "amount": "-1"}))
        assert "is left" in said(boss.post(path, {**WHY, "amount": "4000"}))
        assert not CardRefund.objects.exists()

    def test_are_ordered_again_when_they_failed(self, shop, scene, boss):
        shop.supplier.fault("partial", cards=1)
        placed = shop.order(scene.partner, (shop.products(3)[2], 2))
        shop.work()
        answer = boss.post(f"/staff/orders/{placed.order.pk}/retry", {**WHY, "request_id": str(uuid.uuid4())})
        retry = Order.objects.get(retry_of=placed.order.pk)
        assert answer.url == f"/staff/orders/{retry.pk}"
        assert f"#{retry.number}" in boss.get(f"/staff/orders/{placed.order.pk}").content.decode()

    def test_have_their_events_sent_again(self, scene, boss):
        path = f"/staff/orders/{scene.order}/resend"
        assert "nowhere to send" in said(boss.post(path, WHY))
        create_endpoint(partner_id=scene.partner, mode="live", url="https://hooks.example.com/x", actor="user:1")
        boss.post(path, WHY)
        assert WebhookReplay.objects.count() == 1
        assert AuditEntry.objects.get(action="webhook.resend").subject == f"order:{scene.order}"

    def test_that_do_not_exist_are_not_found(self, scene, boss):
        nowhere = uuid.uuid4()
        assert boss.get(f"/staff/orders/{nowhere}").status_code == 404
        assert boss.post(f"/staff/orders/{nowhere}/cancel", WHY).status_code == 404
        assert boss.get(f"/staff/orders/{nowhere}/supplier").status_code == 404


class TestTheReviewList:
    def test_is_closed_with_a_reason(self, scene, boss):
        boss.post(f"/staff/purchases/{scene.purchase}/close", WHY)
        assert Purchase.objects.get(pk=scene.purchase).review_closed_at is not None

    def test_lets_a_line_be_bought_or_fails_it(self, scene, boss):
        boss.post(f"/staff/review/lines/{scene.line}/release", WHY)
        assert OrderItem.objects.get(pk=scene.line).status == "waiting"
        OrderItem.objects.filter(pk=scene.line).update(status="on_hold")
        boss.post(f"/staff/review/lines/{scene.line}/fail", WHY)
        assert OrderItem.objects.get(pk=scene.line).status == "failed"
        check_books()

    def test_offers_stock_that_fits(self, scene, boss):
        line = OrderItem.objects.get(pk=scene.line)
        stock = Card.objects.filter(item=None, is_duplicate=False)
        assert b"From stock" not in boss.get("/staff/review/lines").content
        stock.update(supplier_product_id=line.supplier_product_id, face_value=line.face_value)
        assert f'name="card" value="{stock.get().pk}"' in boss.get("/staff/review/lines").content.decode()

    def test_writes_off_the_chosen_cards_once_it_was_said_which(self, scene, boss):
        path = "/staff/review/cards/duplicate/write-off"
        card = Card.objects.get(item=None, is_duplicate=True)
        form = {**WHY, "card": str(card.pk)}
        asked = boss.post(path, form).content.decode()
        assert "Write 1 card off?" in asked
        assert "1 card of 10.00" in asked
        assert Card.objects.get(pk=card.pk).status == "sold"
        boss.post(path, {**form, **YES})
        assert Card.objects.get(pk=card.pk).status == "written_off"
        assert "by its id" in said(boss.post(path, {**WHY, "card": "x"}))
        assert "Choose the cards first" in said(boss.post(path, WHY))
        assert "Give a reason" in said(boss.post(path, {"card": str(card.pk)}))

    def test_says_whose_money_a_decision_moves(self, scene, boss):
        line = OrderItem.objects.select_related("partner").get(pk=scene.line)
        page = boss.get("/staff/review/lines").content.decode()
        amount = f"{line.sale_amount:.2f} USD"
        assert f"{amount} go back to the wallet of {line.partner.name} at once" in page
        assert f"{amount} of {line.partner.name} stay held" in page
        Purchase.objects.filter(pk=scene.purchase).update(status="unknown")
        OrderItem.objects.filter(pk=scene.line).update(status="purchasing", purchase=scene.purchase)
        page = boss.get(f"/staff/purchases/{scene.purchase}").content.decode()
        assert f"{amount} go back to {line.partner.name}" in page
        assert f"{amount} of {line.partner.name} stay held" in page

    def test_refuses_what_cannot_be_decided_in_words(self, scene, boss):
        for deed in ("not-bought-wait", "not-bought-fail", "not-coming", "read"):
            assert said(boss.post(f"/staff/purchases/{scene.purchase}/{deed}", WHY)), deed
        assert boss.post(f"/staff/purchases/{scene.purchase}/nonsense", WHY).status_code == 404


class TestMoney:
    def test_takes_two_people_above_the_limit_and_says_so(self, scene):
        first, second = browser_of(colleague("finance")), browser_of(colleague("finance"))
        path = f"/staff/wallets/{scene.wallet}/top-up"
        form = {"amount": "20000", "reference": "BIG-1"}
        assert "until another person approves it" in first.post(path, form).content.decode()
        assert not TopUp.objects.filter(reference="BIG-1").exists()
        asked = first.post(path, {**form, **YES})
        top_up = TopUp.objects.get(reference="BIG-1")
        assert "Another person" in said(asked)
        own = first.get(f"/staff/top-ups/{top_up.pk}").content
        assert b"somebody else has to approve it" in own
        assert b'href="#approve"' not in own
        assert "You asked for this" in said(first.post(f"/staff/top-ups/{top_up.pk}/approve"))
        second.post(f"/staff/top-ups/{top_up.pk}/approve")
        assert TopUp.objects.get(pk=top_up.pk).status == "approved"
        check_books()

    def test_is_rejected_with_a_reason(self, scene, boss):
        boss.post(f"/staff/top-ups/{scene.top_up}/reject", WHY)
        boss.post(f"/staff/adjustments/{scene.adjustment}/reject", WHY)
        assert {TopUp.objects.get(pk=scene.top_up).status, Adjustment.objects.get().status} == {"rejected"}

    def test_is_approved(self, scene, boss):
        boss.post(f"/staff/adjustments/{scene.adjustment}/approve")
        assert Adjustment.objects.get(pk=scene.adjustment).status == "approved"

    def test_is_recorded_once_for_a_reference(self, scene, boss):
        path = f"/staff/wallets/{scene.wallet}/top-up"
        before = Wallet.objects.get(pk=scene.wallet).available
        form = {"amount": "5", "reference": "BANK-9", **YES}
        boss.post(path, form)
        assert "recorded before" in said(boss.post(path, form))
        assert Wallet.objects.get(pk=scene.wallet).available == before + 5
        assert "Amount" in said(boss.post(path, {"amount": "x", "reference": "BANK-10"}))

    def test_is_corrected_and_watched(self, scene, boss):
        before = Wallet.objects.get(pk=scene.wallet).available
        boss.post(f"/staff/wallets/{scene.wallet}/adjust", {**WHY, **YES, "amount": "-3", "reference": "FIX-9"})
        boss.post(f"/staff/wallets/{scene.wallet}/threshold", {"threshold": "100"})
        wallet = Wallet.objects.get(pk=scene.wallet)
        assert (wallet.available, wallet.low_balance_threshold) == (before - 3, 100)
        assert boss.post(f"/staff/wallets/{scene.wallet}/nonsense").status_code == 404


class TestARefusedForm:
    """What was typed is still there."""

    @pytest.mark.parametrize("deed", ["top-up", "adjust"])
    def test_of_money_keeps_what_was_typed(self, scene, boss, deed):
        form = {"amount": "abc", "reference": "BANK-KEPT", "note": "Paid twice", **WHY}
        answer = boss.post(f"/staff/wallets/{scene.wallet}/{deed}", form)
        text = answer.content.decode()
        assert answer.status_code == 422
        assert text.count('value="BANK-KEPT"') == 1
        assert f'id="{deed}" open' in text
        assert "Enter a number." in text
        assert f'<form class="filters" method="get" action="/staff/wallets/{scene.wallet}">' in text

    def test_that_was_sure_keeps_it_too(self, scene, boss):
        form = {"amount": "1", "reference": "BANK-KEPT", **YES}
        assert b'value="BANK-KEPT"' in boss.post(f"/staff/wallets/{scene.wallet}/adjust", form).content

    def test_of_a_partner_keeps_what_was_typed(self, shop, scene, boss):
        taken = Partner.objects.get(pk=shop.partner()).email
        form = {"name": "Newly named", "email": taken, "weight": "3", **WHY}
        answer = boss.post(f"/staff/partners/{scene.partner}/change", form)
        assert answer.status_code == 422
        assert 'value="Newly named"' in answer.content.decode()
        assert f"Another partner has the e-mail address {taken}" in said(answer)
        assert Partner.objects.get(pk=scene.partner).name != "Newly named"


class TestWhatIsSaidBeforeMoneyMoves:
    @pytest.fixture
    def wallet(self, scene):
        return Wallet.objects.select_related("partner").get(pk=scene.wallet)

    @pytest.mark.parametrize(
        ("deed", "amount", "heading", "change"),
        [
            ("top-up", "1000", "Book 1,000.00 USD to {partner}?", 1000),
            ("adjust", "2.5", "Give 2.50 USD to {partner}?", Decimal("2.5")),
            ("adjust", "-3", "Take 3.00 USD from {partner}?", -3),
        ],
    )
    def test_repeats_amount_partner_and_the_balance_that_it_makes(self, boss, wallet, deed, amount, heading, change):
        form = {**WHY, "amount": amount, "reference": "REF-1"}
        page = boss.post(f"/staff/wallets/{wallet.pk}/{deed}", form).content.decode()
        assert heading.format(partner=wallet.partner.name) in page
        assert f"The balance becomes {money(wallet.available + change)} USD at once" in page
        assert f'<input type="hidden" name="amount" value="{amount}">' in page
        assert Wallet.objects.get(pk=wallet.pk).available == wallet.available
        boss.post(f"/staff/wallets/{wallet.pk}/{deed}", {**form, **YES})
        assert Wallet.objects.get(pk=wallet.pk).available == wallet.available + change

    def test_is_refused_where_it_cannot_happen(self, boss, wallet):
        path = f"/staff/wallets/{wallet.pk}/adjust"
        Wallet.objects.filter(pk=wallet.pk).update(available=2)
        for amount, told in (("-3", "no wallet is ever overdrawn"), ("0", "other than 0"), ("x", "Amount")):
            assert told in said(boss.post(path, {**WHY, "amount": amount, "reference": "REF-2"})), amount
        assert boss.post("/staff/wallets/999999/adjust", {**WHY, "amount": "1", "reference": "R"}).status_code == 404

    def test_is_said_of_what_waits_for_approval(self, scene, boss, wallet):
        page = boss.get(f"/staff/top-ups/{scene.top_up}").content.decode()
        assert f"Book 50.00 USD to {wallet.partner.name}?" in page
        assert f"The balance becomes {money(wallet.available + 50)} USD at once" in page
        assert f"the balance stays {money(wallet.available)} USD" in page
        page = boss.get(f"/staff/adjustments/{scene.adjustment}").content.decode()
        assert f"Correct the balance of {wallet.partner.name} by +20,000.00 USD?" in page

    def test_is_said_of_an_order(self, scene, boss):
        order = Order.objects.select_related("partner").get(pk=scene.waiting)
        page = boss.get(f"/staff/orders/{order.pk}").content.decode()
        assert f"{money(order.sale_total)} USD go back to the wallet of {order.partner.name} at once" in page
        page = boss.get(f"/staff/orders/{scene.order}").content.decode()
        assert f"Refund this card to {order.partner.name}?" in page
        assert "are left of its price" in page


class TestPartners:
    FORM = {"name": "Halcyon", "email": "h@halcyon.test", "currency": "eur", "weight": "2", **WHY}

    def test_are_opened_with_a_wallet_and_an_invited_owner(self, scene, boss):
        boss.post("/staff/partners/new", {**self.FORM, "owner_email": "owner@halcyon.test"})
        partner = Partner.objects.get(name="Halcyon")
        assert (partner.weight, partner.wallets.get().currency_id) == (2, "EUR")
        assert not User.objects.get(partner=partner).has_usable_password()

    def test_are_refused_in_the_form(self, scene, boss):
        taken = Partner.objects.get(pk=scene.partner).email
        answer = boss.post("/staff/partners/new", {**self.FORM, "email": taken})
        assert answer.status_code == 422
        assert b"Another partner has the e-mail address" in answer.content

    def test_are_suspended_and_resumed(self, scene, boss):
        boss.post(f"/staff/partners/{scene.partner}/suspend", WHY)
        assert b"Suspended since" in boss.get(f"/staff/partners/{scene.partner}").content
        boss.post(f"/staff/partners/{scene.partner}/resume", WHY)
        assert not Partner.objects.get(pk=scene.partner).is_suspended

    def test_are_changed(self, scene, boss):
        partner = Partner.objects.get(pk=scene.partner)
        form = {"name": "New name", "email": partner.email, "weight": "3", **WHY}
        boss.post(f"/staff/partners/{scene.partner}/change", form)
        boss.post(f"/staff/partners/{scene.partner}/second-factor", {**WHY, "required": "yes"})
        boss.post(f"/staff/partners/{scene.partner}/open-wallet", {"currency": "gbp"})
        partner.refresh_from_db()
        assert (partner.name, partner.weight, partner.second_factor_required) == ("New name", 3, True)
        assert partner.wallets.filter(currency="GBP").exists()
        boss.post(f"/staff/partners/{scene.partner}/keys/{scene.key}/revoke", WHY)
        assert ApiKey.objects.get(pk=scene.key).revoked_at is not None


class TestRules:
    def test_of_prices_are_opened_and_ended(self, scene, boss):
        form = {"partner": scene.partner, "basis": "included", "kind": "percent", "value": "3", **WHY}
        boss.post("/staff/prices/new", form)
        rule = CommissionRule.objects.latest("pk")
        assert (rule.partner_id, rule.value) == (scene.partner, 3)
        assert boss.post(f"/staff/prices/{rule.pk}/end", WHY).url == f"/staff/partners/{scene.partner}/prices"
        assert CommissionRule.objects.get(pk=rule.pk).ends_at is not None
        assert boss.post("/staff/prices/new", {**form, "value": "100"}).status_code == 422

    def test_of_what_partners_see_are_set_and_ended(self, scene, boss):
        boss.post("/staff/catalog/rules/new", {"effect": "deny", "country": "fr", **WHY})
        rule = CatalogRule.objects.get(country="FR")
        boss.post(f"/staff/catalog/rules/{rule.pk}/end", WHY)
        assert CatalogRule.objects.get(pk=rule.pk).ended_at is not None
        both = {"effect": "deny", "country": "fr", "brand": "1", **WHY}
        assert b"about one thing" in boss.post("/staff/catalog/rules/new", both).content

    def test_explain_a_price(self, shop, scene, boss):
        product = shop.products()[0]
        asked = {"partner": scene.partner, "product": product.pk, "face_value": "10"}
        told = boss.get("/staff/prices/ask", asked).content.decode()
        assert "9.80" in told
        assert "The most specific rule in force." in told
        assert boss.get("/staff/prices/ask", {**asked, "product": 999999}).status_code == 422
        assert boss.get("/staff/prices/ask", {**asked, "partner": ""}).status_code == 422


class TestTheHouse:
    def test_stops_and_resumes_buying(self, scene, boss):
        boss.post("/staff/limits/stop", {**WHY, "key": "checkout"})
        assert b"All buying is stopped" in boss.get("/staff/limits").content
        boss.post("/staff/limits/resume", {**WHY, "key": "checkout"})
        assert Limiter.objects.get(key="checkout").stopped_at is None
        assert "so before" in said(boss.post("/staff/limits/resume", {**WHY, "key": "checkout"}))
        assert boss.post("/staff/limits/nonsense", WHY).status_code == 404

    def test_explains_a_difference_and_compares_anew(self, scene, boss):
        path = f"/staff/reconciliation/differences/{scene.difference}/resolve"
        assert boss.post(path, {"note": "Fee", "next": "//evil.example"}).url == "/staff/reconciliation/differences"
        assert ReconciliationDifference.objects.get(pk=scene.difference).resolution == "Fee"
        boss.post("/staff/reconciliation/run", {"first_day": "2026-01-01", "last_day": "2026-01-02"})
        assert b"1 Jan" in boss.get("/staff/reconciliation").content

    def test_writes_reports_as_files(self, scene, boss):
        form = {"report": "sales", "by": "day", "first_day": "2026-01-01", "last_day": "2026-01-31"}
        boss.post("/staff/reports/exports/new", form)
        export = ReportExport.objects.get(report="sales")
        assert boss.get(f"/staff/reports/exports/{export.pk}").status_code == 404
        exporting.write_export(export.pk)
        assert b"".join(boss.get(f"/staff/reports/exports/{export.pk}").streaming_content).startswith(b"day,")
        assert "lies before" in said(boss.post("/staff/reports/exports/new", {**form, "last_day": "2025-01-01"}))
        assert b"lies before" in boss.get("/staff/reports?first_day=2026-02-01&last_day=2026-01-01").content

    def test_asks_for_a_synchronisation(self, scene, boss):
        boss.post("/staff/catalog/run", WHY)
        assert SyncRun.objects.latest("pk").reason == "Agreed by phone"

    def test_invites_people_and_changes_their_access(self, scene, boss):
        boss.post("/staff/people/new", {"email": "new@steller.test", "role": "support", **WHY})
        user = User.objects.get(email="new@steller.test")
        for deed, form in (("role", {"role": "auditor"}), ("deactivate", {}), ("reactivate", {}), ("invite", {})):
            boss.post(f"/staff/people/{user.pk}/{deed}", {**WHY, **form})
        user.refresh_from_db()
        assert (user.role, user.is_active) == ("auditor", True)

    def test_logs_a_colleague_out_and_removes_them_for_good(self, scene, boss):
        other = colleague("finance", email="leaver@steller.test")
        theirs = browser_of(other)
        assert theirs.get("/staff/").status_code == 200
        boss.post(f"/staff/people/{other.pk}/log-out", WHY)
        assert theirs.get("/staff/").status_code == 302
        assert AuditEntry.objects.get(action="user.log_out").reason == "Agreed by phone"
        answer = boss.post(f"/staff/people/{other.pk}/remove", WHY)
        assert (answer.url, User.objects.get(pk=other.pk).email) == ("/staff/people", "")
        assert boss.get(f"/staff/people/{other.pk}").status_code == 404
        gone = boss.post(f"/staff/people/{scene.user}/remove", WHY)
        assert gone.url == f"/staff/partners/{scene.partner}/people"

    def test_keeps_the_last_admin_and_lets_nobody_change_themselves(self, scene):
        only = colleague("admin")
        boss = browser_of(only)
        for deed in ("role", "deactivate", "log-out", "remove"):
            assert "Nobody changes their own access" in said(boss.post(f"/staff/people/{only.pk}/{deed}", WHY)), deed
        own = boss.get(f"/staff/people/{only.pk}").content
        assert b"This is you" in own
        assert b"#remove" not in own
        only.refresh_from_db()
        assert (only.is_active, only.role, only.access_version) == (True, "admin", 0)

    def test_lets_support_manage_partners_people_only(self, scene):
        support, other = log_in("support"), colleague("finance")
        assert support.post(f"/staff/people/{scene.user}/deactivate", WHY).status_code == 302
        assert support.post(f"/staff/people/{other.pk}/deactivate", WHY).status_code == 403
        assert support.get("/staff/people/new").status_code == 403
        assert not User.objects.get(pk=scene.user).is_active


class TestBoundedPaginator:
    def test_counts_up_to_its_bound(self, scene, monkeypatch):
        entries = AuditEntry.objects.order_by("pk")
        few = lists.BoundedPaginator(entries, 5)
        assert (few.count, few.is_bounded) == (Paginator(entries, 5).count, False)
        monkeypatch.setattr(lists, "MOST_COUNTED", 3)
        assert (lists.BoundedPaginator(entries, 2).count, lists.BoundedPaginator(entries, 2).is_bounded) == (4, True)
