"""What every call of the supplier's API passes first: the log, the credentials, the limits, the faults."""

import hmac
import time
import uuid
from collections.abc import Iterator

from flask import Response, current_app, g, request

from bamboo.sandbox.checkout import id_of_sku
from bamboo.sandbox.errors import Refusal, Unbound, problem
from bamboo.sandbox.faults import Fault, Stage
from bamboo.sandbox.reading import checkout_from, json_object
from bamboo.sandbox.settings import Mode, SandboxSettings
from bamboo.sandbox.state import DROPPED, Call, Sandbox
from bamboo.sandbox.writing import json_answer

_CHECKOUTS = {"checkout", "checkout_v2"}
_LONGEST_PAUSE_SECONDS = 600
_FIRST_SERVER_ERROR = 500


def sandbox() -> Sandbox:
    """Return the imitation that answers this request."""
    running: Sandbox = current_app.extensions["bamboo_sandbox"]
    return running


def mode() -> Mode:
    """Return the world that the caller's credentials belong to."""
    found: Mode = g.mode
    return found


def enter() -> Response | None:
    """Let a call pass, or answer in its place."""
    running = sandbox()
    settings = running.settings
    call = _logged(running)
    if settings.latency_ms:
        time.sleep(settings.latency_ms / 1000)
    if refused := _unwelcome(settings):
        return refused
    call.mode = g.mode
    if limited := _limited(running, call):
        return limited
    for fault in running.faults.strike(Stage.BEFORE, call.endpoint, call.products):
        return _strike(running, fault)
    return None


def leave(answer: Response) -> Response:
    """Complete the log and the headers."""
    call: Call = g.call
    call.status = 0 if request.environ.get(DROPPED) else answer.status_code
    answer.headers["api-supported-versions"] = "1.0, 2.0"
    answer.headers["x-correlation-id"] = uuid.uuid4().hex
    return answer


def drop() -> Response:
    """Close the connection without an answer."""
    request.environ[DROPPED] = True
    return Response(status=500)


def pause(fault: Fault, *, default: float) -> None:
    """Wait as long as a fault says."""
    time.sleep(min(default if fault.delay is None else fault.delay, _LONGEST_PAUSE_SECONDS))


def _logged(running: Sandbox) -> Call:
    endpoint = (request.endpoint or "").rpartition(".")[2]
    path = str(request.environ.get("bamboo.sandbox.path", request.path))
    call = Call(at=running.now(), method=request.method, path=path, endpoint=endpoint)
    if endpoint in _CHECKOUTS:
        call.endpoint = "checkout"
        _describe(call, by_sku=endpoint == "checkout_v2")
    g.call = call
    running.calls.append(call)
    return call


def _describe(call: Call, *, by_sku: bool) -> None:
    try:
        checkout = checkout_from(json_object(request.get_data()), by_sku=by_sku)
    except Unbound:
        return
    call.request_id = str(checkout.request_id)
    call.products = sorted({entry.product_id or id_of_sku(entry.sku) for entry in checkout.entries})
    call.quantity = sum(entry.quantity for entry in checkout.entries)


def _unwelcome(settings: SandboxSettings) -> Response | None:
    given = request.authorization
    pair = (given.username or "", given.password or "") if given and given.type == "basic" else None
    g.mode = _mode_of(pair, settings) if pair else None
    if g.mode is None:
        return json_answer({"message": "Unauthorized"}, 401)
    allowed = {each.strip() for each in settings.allowed_addresses.split(",")} - {""}
    if allowed and request.remote_addr not in allowed:
        return json_answer({"error": "Your address is not on the list of allowed addresses"}, 403)
    return None


def _mode_of(pair: tuple[str, str], settings: SandboxSettings) -> Mode | None:
    known = (
        (Mode.SANDBOX, (settings.sandbox_client_id, settings.sandbox_client_secret)),
        (Mode.LIVE, (settings.live_client_id, settings.live_client_secret)),
    )
    for found, (client_id, secret) in known:
        same_id = hmac.compare_digest(pair[0].encode(), client_id.encode())
        if hmac.compare_digest(pair[1].encode(), secret.encode()) and same_id:
            return found
    return None


def _limited(running: Sandbox, call: Call) -> Response | None:
    wait = running.limiter.wait_for(
        client=g.mode,
        endpoint=call.endpoint,
        products=call.products,
        now=running.now(),
        scale=running.settings.limit_scale,
    )
    return None if wait is None else too_many(running.settings, wait)


def too_many(settings: SandboxSettings, wait: float) -> Response:
    """Answer 429; the seconds are cut off, so that "0 seconds" is possible."""
    text = f"Too many requests. Please wait for {int(wait)} seconds before the next call."
    status = settings.too_many_status
    answer = Response(text, status) if settings.too_many_as_text else json_answer({"message": text}, status)
    if settings.retry_after_header:
        answer.headers["Retry-After"] = str(int(wait))
    return answer


def _strike(running: Sandbox, fault: Fault) -> Response | None:
    match fault.fault:
        case "drop_before_accept":
            if fault.delay:
                pause(fault, default=0)
            return drop()
        case "slow":
            pause(fault, default=5)
            return None
        case "refuse":
            raise Refusal(fault.code or "InvalidProduct", fault.message)
        case "unclassified_400":
            return json_answer({"message": fault.message or "Something went wrong, please try again"}, 400)
        case "vanish":
            running.store.change("update products set hidden = 1 where id = ?", (fault.product_id,))
            return None
        case _:
            return _odd_answer(running, fault)


def _odd_answer(running: Sandbox, fault: Fault) -> Response:
    match fault.fault:
        case "redirect":
            return Response(status=302, headers={"Location": "/elsewhere"})
        case "html":
            return Response("<html><body>Welcome</body></html>", 200, mimetype="text/html")
        case "garbage":
            return Response("{", 200, mimetype="application/json")
        case "drip_body":
            return Response(_dripping(fault), 200, mimetype="application/json")
        case _:
            return _status(running, fault, int(fault.fault))


def _status(running: Sandbox, fault: Fault, status: int) -> Response:
    match status:
        case 400:
            raise Refusal(fault.code or "InvalidProduct", fault.message)
        case 429:
            return too_many(running.settings, fault.delay or 0)
        case 403:
            return json_answer({"error": fault.message or fault.code or "No access"}, 403)
        case 404 if fault.endpoint == "order":
            raise Refusal("OrderNotFound", status=404)
        case _ if status >= _FIRST_SERVER_ERROR:
            return Response(f"<html><body>{status}</body></html>", status, mimetype="text/html")
        case _:
            return json_answer(problem(status, fault.code or fault.message or "Error"), status)


def _dripping(fault: Fault) -> Iterator[bytes]:
    steps = 50
    for _ in range(steps):
        time.sleep((fault.delay or 5) / steps)
        yield b" "
    yield b"{}"
