"""The real client and the imitation over real connections: kept open, dropped, slow, refused."""

import socket
import threading
import time
import uuid
from decimal import Decimal

import pytest
import requests

from bamboo import errors
from bamboo.client import BambooClient, Timeouts
from bamboo.sandbox.server import SandboxServer
from bamboo.schemas import CheckoutEntry

ENTRY = CheckoutEntry(500101, 1, Decimal(10))


@pytest.fixture
def served(make_supplier):
    """The imitation on a free port."""
    supplier = make_supplier()
    server = SandboxServer("127.0.0.1", 0, supplier.app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    supplier.url, supplier.server = server.url, server
    yield supplier
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(served):
    made = BambooClient(
        base_url=served.url,
        client_id="STELLER-SANDBOX",
        client_secret="sandbox-secret",
        timeouts=Timeouts(connect=0.5, checkout=1.0, order=1.0, other=1.0),
    )
    yield made
    made.close()


def buy(client, request_id=None):
    chosen = request_id or uuid.uuid4()
    client.checkout(request_id=chosen, account_id=9001, entries=[ENTRY])
    return chosen


def count_connections(monkeypatch):
    opened = []
    connect = socket.create_connection

    def counting(*given, **options):
        opened.append(given)
        return connect(*given, **options)

    monkeypatch.setattr("urllib3.util.connection.create_connection", lambda *given, **options: counting(given[0]))
    return opened


class TestAConnection:
    def test_is_kept_open_from_call_to_call(self, client, monkeypatch):
        opened = count_connections(monkeypatch)

        request_id = buy(client)
        for _ in range(5):
            client.order(request_id=request_id)
        with pytest.raises(errors.AlreadyPlaced):
            buy(client, request_id)
        client.catalog_page(page_index=0)

        assert len(opened) == 1

    def test_that_is_dropped_after_acceptance_leaves_an_order(self, served, client):
        request_id = uuid.uuid4()
        served.fault("accept_then_drop")

        with pytest.raises(errors.OutcomeUnknown) as unknown:
            buy(client, request_id)

        assert (type(unknown.value), unknown.value.code) == (errors.OutcomeUnknown, "connection_broken")
        assert client.order(request_id=request_id).is_final
        assert [call["status"] for call in served.control("GET", "requests?endpoint=checkout")] == [0]

    def test_that_is_dropped_before_leaves_none_and_the_call_is_not_repeated(self, served, client):
        request_id = uuid.uuid4()
        served.fault("drop_before_accept", times=None)

        with pytest.raises(errors.OutcomeUnknown):
            buy(client, request_id)

        assert len(served.control("GET", "requests?endpoint=checkout")) == 1
        with pytest.raises(errors.OrderNotFound):
            client.order(request_id=request_id)

    def test_that_is_never_made_cannot_have_bought_anything(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        client = BambooClient(base_url=f"http://127.0.0.1:{port}", client_id="a", client_secret="b")

        with pytest.raises(errors.NotSent) as not_sent:
            buy(client)

        assert not_sent.value.code == "not_connected"
        client.close()


class TestASlowSupplier:
    def test_is_given_up_while_nothing_comes(self, served, client):
        request_id = uuid.uuid4()
        served.fault("slow_accept", delay=2)
        started = time.monotonic()

        with pytest.raises(errors.OutcomeUnknown) as unknown:
            buy(client, request_id)

        assert (unknown.value.code, time.monotonic() - started < 1.5) == ("timeout", True)
        assert client.order(request_id=request_id).is_final

    def test_is_given_up_though_a_byte_comes_now_and_then(self, served, client):
        served.fault("drip_body", endpoint="categories", delay=6)
        started = time.monotonic()

        with pytest.raises(errors.OutcomeUnknown) as unknown:
            client.categories()

        assert (unknown.value.code, time.monotonic() - started < 2.0) == ("timeout", True)

    def test_is_waited_for_within_the_limit(self, served, client):
        served.fault("drip_body", endpoint="accounts", delay=0.1)

        assert client.accounts() == ()


class TestTheServer:
    def test_serves_many_at_once(self, served):
        failures = []

        def run():
            with requests.Session() as session:
                session.auth = ("STELLER-SANDBOX", "sandbox-secret")
                for _ in range(10):
                    answer = session.get(f"{served.url}/api/integration/v1.0/accounts", timeout=10)
                    if answer.status_code != 200:
                        failures.append(answer.status_code)

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []

    def test_answers_a_head_with_no_body_and_unknown_paths_with_404(self, served):
        assert requests.head(f"{served.url}/", timeout=5).content == b""
        assert requests.get(f"{served.url}/nowhere", timeout=5).status_code == 404
        assert requests.put(f"{served.url}/api/integration/v1.0/accounts", timeout=5).status_code == 405

    def test_reports_an_error_of_its_own(self, served, capsys):
        try:
            raise KeyError("a bug")
        except KeyError:
            SandboxServer.handle_error(served.server, None, ("127.0.0.1", 1))

        assert "a bug" in capsys.readouterr().err

    def test_survives_a_caller_that_goes_away(self, served, capsys):
        for _ in range(3):
            with socket.create_connection(served.url.removeprefix("http://").split(":"), timeout=5) as caller:
                caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

        assert requests.get(f"{served.url}/", timeout=5).status_code == 200
        assert capsys.readouterr().err == ""
