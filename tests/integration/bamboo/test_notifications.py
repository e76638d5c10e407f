"""The imitation tells a listener that an order is final; it never sends cards."""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

SECRET = "whsec_" + base64.b64encode(b"signing key").decode()


class Listener(HTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.heard = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook"

    def wait_for(self, count):
        deadline = time.monotonic() + 10
        while len(self.heard) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return [json.loads(body) for _, body in self.heard]


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *given):
        pass


@pytest.fixture
def listener():
    server = Listener()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def listen(supplier, url, **more):
    body = {"notificationUrl": url, "secretKey": "choose-a-long-random-value"} | more
    return supplier.post("/api/Integration/v1/notification", body).json()


class TestTheCallback:
    def test_is_sent_once_when_the_order_is_final(self, make_supplier, listener):
        supplier = make_supplier(issue_after_ms=5000)
        listen(supplier, listener.url)
        request_id = supplier.buy(quantity=2)
        time.sleep(0.3)
        too_early = list(listener.heard)
        supplier.time += 5

        heard = listener.wait_for(1)
        time.sleep(0.3)

        assert (too_early, len(listener.heard)) == ([], 1)
        assert set(heard[0]) == {
            "orderId",
            "status",
            "totalCards",
            "createdOn",
            "completedOn",
            "secretKey",
            "requestId",
        }
        assert (heard[0]["requestId"], heard[0]["status"], heard[0]["totalCards"]) == (str(request_id), "succeeded", 2)
        assert heard[0]["secretKey"] == "choose-a-long-random-value"

    @pytest.mark.parametrize(
        ("switches", "count", "status", "secret"),
        [
            ({"notify_lower_case": False}, 1, "PartialFailed", "choose-a-long-random-value"),
            ({"notify_twice": True}, 2, "partialFailed", "choose-a-long-random-value"),
            ({"notify_wrong_secret": True}, 1, "partialFailed", "wrong"),
        ],
    )
    def test_may_be_odd(self, make_supplier, listener, switches, count, status, secret):
        supplier = make_supplier(**switches)
        listen(supplier, listener.url)
        supplier.fault("partial")
        supplier.buy(quantity=2)

        heard = listener.wait_for(count)

        assert [(each["status"], each["secretKey"]) for each in heard] == [(status, secret)] * count

    def test_goes_to_the_address_of_the_sandbox_if_there_is_one(self, supplier, listener):
        listen(supplier, "http://127.0.0.1:9/closed", notificationUrlSandbox=listener.url)
        supplier.buy()

        assert len(listener.wait_for(1)) == 1

    def test_can_be_signed_the_svix_way(self, make_supplier, listener):
        supplier = make_supplier()
        supplier.control("POST", "settings", svix_url=listener.url, svix_secret=SECRET)
        request_id = supplier.buy()

        heard = listener.wait_for(1)

        headers, body = listener.heard[0]
        signed = f"{headers['svix-id']}.{headers['svix-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(b"signing key", signed, hashlib.sha256).digest()).decode()
        assert headers["svix-signature"] == f"v1,{expected}"
        assert (heard[0]["eventType"], heard[0]["requestId"]) == ("ordercompleted.v1", str(request_id))

    def test_can_go_unsigned(self, make_supplier, listener):
        supplier = make_supplier(svix_url=listener.url)
        supplier.buy()

        assert [each["eventType"] for each in listener.wait_for(1)] == ["ordercompleted.v1"]
        assert "svix-signature" not in listener.heard[0][0]

    def test_can_be_switched_off(self, make_supplier, listener):
        supplier = make_supplier(notify=False)
        listen(supplier, listener.url)
        supplier.buy()
        time.sleep(0.3)
        supplier.control("POST", "settings", notify=True)
        listen(supplier, "")
        supplier.buy()
        time.sleep(0.3)

        assert listener.heard == []

    def test_does_not_tell_of_what_happened_before(self, supplier, listener):
        supplier.buy()
        listen(supplier, listener.url)
        after = supplier.buy()

        heard = listener.wait_for(1)
        time.sleep(0.3)

        assert [each["requestId"] for each in heard] == [str(after)]


class TestItsSettings:
    def test_are_given_back_in_clear(self, supplier):
        empty = supplier.get("/api/Integration/v1/notification").json()
        told = listen(supplier, "http://127.0.0.1:9/closed")

        assert set(empty.values()) == {""}
        assert told == supplier.get("/api/Integration/v1/notification").json()
        assert told == {
            "notificationUrl": "http://127.0.0.1:9/closed",
            "notificationUrlSandbox": "",
            "secretKey": "choose-a-long-random-value",
        }
