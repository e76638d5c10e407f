"""The supplier's endpoints."""

from flask import Blueprint, Response, request

from bamboo.sandbox import catalog, notifications, reports, untidy
from bamboo.sandbox import transactions as ledger
from bamboo.sandbox.checkout import accept
from bamboo.sandbox.errors import Refusal, Unbound
from bamboo.sandbox.faults import Stage
from bamboo.sandbox.gate import drop, enter, leave, mode, pause, sandbox
from bamboo.sandbox.orders import find, moment_of, shown
from bamboo.sandbox.reading import Checkout, checkout_from, json_object, span
from bamboo.sandbox.writing import json_answer, refusal_answer, unbound_answer

api = Blueprint("supplier", __name__, url_prefix="/api/integration")
api.before_request(enter)
api.after_request(leave)


@api.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    """Answer a refusal."""
    return refusal_answer(refusal, sandbox().settings.error_style)


@api.errorhandler(Unbound)
def unbound(error: Unbound) -> Response:
    """Answer a call that has the wrong shape."""
    return unbound_answer(error)


def _query() -> dict[str, str]:
    return {name.lower(): value for name, value in request.args.items()}


@api.get("/v1.0/catalog")
def catalog_v1() -> Response:
    """Give the whole catalog."""
    return json_answer(catalog.whole_catalog(sandbox().store))


@api.get("/v2.0/catalog")
def catalog_v2() -> Response:
    """Give one page of the catalog."""
    running = sandbox()
    return json_answer(catalog.page(running.store, _query(), cap=running.settings.page_cap))


@api.get("/v2.0/categories")
def categories() -> Response:
    """Give all categories."""
    return json_answer(catalog.categories())


@api.get("/v2.0/catalog-countries")
def catalog_countries() -> Response:
    """Give all countries."""
    return json_answer(catalog.countries())


@api.get("/v1.0/accounts")
def accounts() -> Response:
    """Give the caller's accounts."""
    running = sandbox()
    answer = reports.accounts(running.store, mode=mode(), settings=running.settings, now=running.now())
    return json_answer(untidy.accounts_answer(answer, running.settings))


@api.get("/v1.0/exchange-rates")
def exchange_rates() -> Response:
    """Give exchange rates."""
    query = _query()
    base = query.get("basecurrency", "").upper() or "USD"
    return json_answer(reports.exchange_rates(base, query.get("currency", "").upper()))


@api.post("/v1.0/orders/checkout")
def checkout() -> Response:
    """Accept an order of products; the answer is the bare RequestId."""
    wanted = checkout_from(json_object(request.get_data()))
    _accept(wanted)
    return _after_accepting(wanted, json_answer(str(wanted.request_id)))


@api.post("/v2.0/orders/checkout")
def checkout_v2() -> Response:
    """Accept an order of SKUs; the answer is an object."""
    wanted = checkout_from(json_object(request.get_data()), by_sku=True)
    order_id = _accept(wanted)
    order = sandbox().store.row("select currency from orders where id = ?", (order_id,))
    body = {
        "requestId": str(wanted.request_id),
        "orderNumber": reports.order_number(order_id),
        "status": "Created",
        "currencyCode": order["currency"] if order else None,
        "totalCards": sum(entry.quantity for entry in wanted.entries),
    }
    return _after_accepting(wanted, json_answer(body))


def _accept(wanted: Checkout) -> int:
    running = sandbox()
    products = {entry.product_id for entry in wanted.entries}
    order_id = accept(
        running.store,
        mode=mode(),
        checkout=wanted,
        settings=running.settings,
        strike=lambda: running.faults.strike(Stage.LIFE, "checkout", products),
        now=running.now(),
    )
    running.notifier.start_if_needed()
    return order_id


def _after_accepting(wanted: Checkout, answer: Response) -> Response:
    """Answer, unless a fault has another answer to a checkout that was accepted."""
    products = {entry.product_id for entry in wanted.entries}
    for fault in sandbox().faults.strike(Stage.ACCEPT, "checkout", products):
        match fault.fault:
            case "accept_then_drop":
                pause(fault, default=0)
                return drop()
            case "accept_then_500":
                return Response("<html><body>500</body></html>", 500, mimetype="text/html")
            case "slow_accept":
                pause(fault, default=5)
            case "accept_other_body":
                return json_answer({"status": "OK"})
            case "accept_in_object":
                return json_answer({"requestId": str(wanted.request_id)}, 201)
            case "accept_in_braces":
                return Response(f"{{{wanted.request_id}}}", 200, mimetype="text/plain")
            case _:
                raise ValueError(fault.fault)
    return answer


@api.get("/v1.0/orders/<reference>")
def order(reference: str) -> Response:
    """Give an order with its cards, by RequestId or number."""
    running = sandbox()
    found = find(running.store, mode(), reference)
    if found is not None:
        moment = moment_of(running.store, found, now=running.now())
        if moment.elapsed_ms >= moment.script.hidden_until_ms:
            return json_answer(untidy.order_answer(shown(moment), running.settings))
    return untidy.no_such_order(running.settings)


@api.get("/v1.0/orders")
def orders_report() -> Response:
    """Give the order report of some days."""
    running, query = sandbox(), _query()
    days = span(query.get("startdate"), query.get("enddate"))
    return json_answer(reports.orders(running.store, days, mode=mode(), now=running.now()))


@api.get("/v1.0/transactions")
def transactions() -> Response:
    """Give the ledger of some days."""
    running, query = sandbox(), _query()
    days = span(query.get("startdate"), query.get("enddate"))
    return json_answer(
        ledger.transactions(
            running.store,
            days,
            mode=mode(),
            now=running.now(),
            defects=running.defects,
            untidy=running.settings.report_untidy,
        )
    )


@api.get("/v1.0/notification")
def notification() -> Response:
    """Give the callback's addresses and secret."""
    return json_answer(notifications.configured(sandbox().store, mode()))


@api.post("/v1.0/notification")
def set_notification() -> Response:
    """Set the callback's addresses and secret."""
    running = sandbox()
    answer = notifications.configure(running.store, mode(), request.get_data())
    running.notifier.start_if_needed()
    return json_answer(answer)
