"""The operator's side: faults, stock, prices, balances and settings at run time, and what was bought.

No credentials are asked for: this is for tests and a developer's machine only.
"""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request

from bamboo.sandbox.defects import Defect
from bamboo.sandbox.faults import fault_from
from bamboo.sandbox.gate import sandbox
from bamboo.sandbox.money import number
from bamboo.sandbox.orders import card_status, find, is_sold, moment_of, stamp
from bamboo.sandbox.settings import Mode
from bamboo.sandbox.settlement import move, settle_due
from bamboo.sandbox.state import Sandbox
from bamboo.sandbox.store import Store
from bamboo.sandbox.writing import json_answer

control = Blueprint("control", __name__, url_prefix="/_control")


@control.errorhandler(ValueError)
@control.errorhandler(KeyError)
@control.errorhandler(TypeError)
@control.errorhandler(ArithmeticError)
def wrong(error: Exception) -> Response:
    """Tell the operator what is wrong with a call."""
    return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)


def _body() -> dict[str, Any]:
    raw = json.loads(request.get_data() or b"{}", parse_float=Decimal)
    if not isinstance(raw, dict):
        raise TypeError("an object was expected")
    return raw


@control.get("/faults")
def faults() -> Response:
    """List the faults on order."""
    return json_answer([asdict(each) for each in sandbox().faults.all()])


@control.post("/faults")
def add_fault() -> Response:
    """Order a fault."""
    return json_answer(asdict(sandbox().faults.add(fault_from(_body()))), 201)


@control.delete("/faults")
def clear_faults() -> Response:
    """Cancel all faults."""
    sandbox().faults.clear()
    return Response(status=204)


@control.delete("/faults/<int:fault_id>")
def clear_fault(fault_id: int) -> Response:
    """Cancel one fault."""
    sandbox().faults.clear(fault_id)
    return Response(status=204)


@control.get("/settings")
def settings() -> Response:
    """Show the settings."""
    return json_answer(asdict(sandbox().settings))


@control.post("/settings")
def change_settings() -> Response:
    """Change some settings."""
    sandbox().change_settings(_body())
    return settings()


@control.post("/limits/reset")
def reset_limits() -> Response:
    """Forget the calls that count towards the limits."""
    sandbox().limiter.reset()
    return Response(status=204)


@control.post("/stock")
def stock() -> Response:
    """Set how many cards of a product are left; null: no end."""
    body = _body()
    count = body["count"]
    return _change_product(body, {"count": None if count is None else int(count)})


@control.post("/price")
def price() -> Response:
    """Set what a product costs at its smallest and largest face value; null for both: no price."""
    body = _body()
    prices = {f"price_{end}": None if body[end] is None else str(Decimal(body[end])) for end in ("min", "max")}
    return _change_product(body, prices)


@control.post("/product")
def product() -> Response:
    """Make a product vanish or come back (`hidden`), or mark it deleted (`is_deleted`)."""
    body = _body()
    flags: dict[str, Any] = {name: int(bool(body[name])) for name in ("hidden", "is_deleted") if name in body}
    return _change_product(body, flags)


def _change_product(body: dict[str, Any], columns: dict[str, Any]) -> Response:
    running = sandbox()
    changes = {**columns, "modified": stamp(running.now())}
    assignments = ", ".join(f"{name} = ?" for name in changes)
    values = [*changes.values(), int(body["product_id"])]
    if not running.store.change(f"update products set {assignments} where id = ?", values):
        return json_answer({"error": "no such product"}, 404)
    return Response(status=204)


@control.get("/defects")
def defects() -> Response:
    """List the defects of the transactions report."""
    return json_answer([_defect(each) for each in sandbox().defects.all()])


@control.post("/defects")
def add_defect() -> Response:
    """Order a defect of the transactions report."""
    return json_answer(_defect(sandbox().defects.add(_body())), 201)


@control.delete("/defects")
def clear_defects() -> Response:
    """Cancel all defects of the transactions report."""
    sandbox().defects.clear()
    return Response(status=204)


def _defect(defect: Defect) -> dict[str, Any]:
    return {**asdict(defect), "amount": str(defect.amount)}


@control.post("/balance")
def balance() -> Response:
    """Set an account's balance, which the transactions report shows, and whether the account is active."""
    body = _body()
    changes: dict[str, object] = {}
    if "balance" in body:
        changes["balance"] = str(Decimal(body["balance"]))
    if "is_active" in body:
        changes["is_active"] = int(bool(body["is_active"]))
    if not changes:
        raise KeyError("balance")
    assignments = ", ".join(f"{name} = ?" for name in changes)
    running, account_id = sandbox(), int(body["account_id"])
    with running.store.transaction():
        settle_due(running.store, now=running.now())
        account = running.store.row("select * from accounts where id = ?", (account_id,))
        if account is None:
            return json_answer({"error": "no such account"}, 404)
        running.store.change(f"update accounts set {assignments} where id = ?", [*changes.values(), account_id])
        if "balance" in changes:
            move(running.store, account, to=Decimal(body["balance"]), now=running.now())
    return Response(status=204)


@control.post("/orders/<request_id>/finish")
def finish(request_id: str) -> Response:
    """End an order now: what is open is sold, or fails with `{"outcome": "failed"}`."""
    running = sandbox()
    for mode in Mode:
        order = find(running.store, mode, request_id)
        if order is not None:
            _finish(running, int(order["id"]), failed=_body().get("outcome") == "failed")
            return Response(status=204)
    return json_answer({"error": "no such order"}, 404)


def _finish(running: Sandbox, order_id: int, *, failed: bool) -> None:
    store, now = running.store, running.now()
    with store.transaction():
        order = store.row("select * from orders where id = ?", (order_id,))
        if order is None or order["settled"]:
            return
        moment = moment_of(store, order, now=now)
        elapsed = int(moment.elapsed_ms)
        open_cards = [card for card in moment.cards if card_status(card, elapsed) in ("Processing", "Paused")]
        column, other = ("failed_ms", "sold_ms") if failed else ("sold_ms", "failed_ms")
        for card in open_cards:
            store.change(
                f"update cards set {column} = ?, {other} = null, paused_until_ms = null where id = ?",
                (elapsed, card["id"]),
            )
        sold = len(moment.cards) if not failed else sum(is_sold(card, elapsed) for card in moment.cards)
        moment.script.final_ms = elapsed
        if failed and open_cards:
            moment.script.final_status = "PartialFailed" if sold else "Failed"
        store.change(
            "update orders set script = ?, settle_at = ? where id = ?",
            (json.dumps(moment.script.as_json()), now, order_id),
        )
        settle_due(store, now=now)


@control.get("/accounts")
def accounts() -> Response:
    """List all accounts of both worlds."""
    rows = sandbox().store.rows("select * from accounts order by id")
    return json_answer([dict(row) for row in rows])


@control.get("/requests")
def requests() -> Response:
    """List the calls of the supplier's API, oldest first; `after` (seconds since 1970) and `endpoint` narrow it."""
    after, endpoint = float(request.args.get("after", 0)), request.args.get("endpoint")
    calls = [call for call in list(sandbox().calls) if call.at > after and endpoint in (None, call.endpoint)]
    return json_answer([asdict(call) for call in calls])


@control.delete("/requests")
def forget_requests() -> Response:
    """Empty the log of calls."""
    sandbox().calls.clear()
    return Response(status=204)


@control.get("/purchases")
def purchases() -> Response:
    """List accepted orders, oldest first; `after` (an order's number) and `limit` narrow it. No codes."""
    running = sandbox()
    after, limit = int(request.args.get("after", 0)), int(request.args.get("limit", -1))
    return json_answer(bought(running.store, now=running.now(), after=after, limit=limit))


def bought(store: Store, *, now: float, after: int = 0, limit: int = -1, newest: bool = False) -> list[dict[str, Any]]:
    """Describe accepted orders without a secret."""
    direction = "desc" if newest else "asc"
    orders = store.rows(f"select * from orders where id > ? order by id {direction} limit ?", (after, limit))
    moments = [moment_of(store, order, now=now) for order in orders]
    return [
        {
            "order_id": moment.order["id"],
            "request_id": moment.order["request_id"],
            "mode": moment.order["mode"],
            "account_id": moment.order["account_id"],
            "products": [
                {
                    "product_id": line["product_id"],
                    "name": line["product_name"],
                    "face_value": number(Decimal(line["face_value"])),
                    "face_currency": line["face_currency"],
                    "quantity": line["quantity"],
                }
                for line in moment.lines
            ],
            "cards": sum(line["quantity"] for line in moment.lines),
            "sold": moment.sold,
            "total": number(moment.total),
            "currency": moment.order["currency"],
            "status": moment.status,
            "when": moment.order["accepted_at"],
        }
        for moment in moments
    ]
