"""What we send to addresses that partners chose never lands in a network of ours, and never takes long."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from partners import services as partners
from partners.models import WebhookDelivery, WebhookEndpoint
from steller import outbound
from steller.errors import InvalidRequestError
from steller.outbound import ForbiddenAddressError, Post, check_url, is_public, post
from tests.integration.events.conftest import endpoint_at, happen

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "not an address",
]
# Spelt otherwise, or by a name that means this host.
IN_DISGUISE = [
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/",
    "https://LOCALHOST:8443/",
    "https://anything.localhost/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://database/",
    "http://partner.example/hooks",
    "ftp://partner.example/",
    "file:///etc/passwd",
    "https://user:password@partner.example/",
    "https://partner.example:0/",
    "https://partner.example:99999/",
    "https://",
    "https://partner.example/a b",
    "https://partner.example\\@127.0.0.1/",
    "https://partner.example/\r\nX-Header: 1",
    "https://partner.example/" + "x" * 500,
    "//partner.example/",
    "",
]


@contextmanager
def resolving_to(monkeypatch, *addresses):
    """Make every name resolve to these addresses, as a partner's own name server could."""
    true = socket.getaddrinfo

    def lookup(host, port, *args, **kwargs):
        if kwargs.get("flags"):
            return true(host, port, *args, **kwargs)
        return [found for address in addresses for found in true(address, port, *args, **kwargs)]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", lookup)
        yield


class TestAnAddress:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_of_a_private_network_is_not_public(self, address):
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
    def test_of_the_internet_is(self, address):
        assert is_public(address)

    @pytest.mark.parametrize("url", IN_DISGUISE)
    def test_that_we_do_not_send_to_is_refused_at_once(self, url):
        with pytest.raises(ForbiddenAddressError):
            check_url(url, allow_private=False)

    @pytest.mark.parametrize("url", ["https://partner.example/hooks?x=1", "https://partner.example:8443/"])
    def test_of_a_partner_is_taken(self, url):
        check_url(url, allow_private=False)


class TestASending:
    @pytest.mark.parametrize("url", IN_DISGUISE)
    def test_refuses_what_was_stored_when_more_was_allowed(self, url):
        outcome = post(Post(url, {}, b"{}"))

        assert outcome.status is None
        assert outcome.error

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1"])
    def test_refuses_a_name_that_resolves_to_a_private_address(self, monkeypatch, address):
        with resolving_to(monkeypatch, address):
            outcome = post(Post("https://rebinding.example/", {}, b"{}"))

        assert outcome.error == "not an address of the public internet"

    def test_refuses_a_name_with_one_private_address_among_public_ones(self, monkeypatch):
        with resolving_to(monkeypatch, "8.8.8.8", "127.0.0.1"):
            outcome = post(Post("https://rebinding.example/", {}, b"{}"))

        assert outcome.error == "not an address of the public internet"

    def test_goes_to_the_address_that_was_judged(self, monkeypatch, make_receiver):
        receiver = make_receiver()
        port = receiver.server.server_port

        with resolving_to(monkeypatch, "127.0.0.1"):
            outcome = post(Post(f"http://partner.example:{port}/x", {}, b"{}", allow_private=True))

        assert outcome.status == 204
        assert receiver.received[0].headers["host"] == f"partner.example:{port}"

    def test_uses_no_proxy_of_the_environment(self, monkeypatch, make_receiver):
        receiver = make_receiver()
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")

        assert post(Post(receiver.url, {}, b"{}", allow_private=True)).status == 204

    def test_reads_the_beginning_of_a_large_answer_only(self, make_receiver):
        receiver = make_receiver(answers=lambda _count: 200, text=b"x" * 10_000_000)

        outcome = post(Post(receiver.url, {}, b"{}", allow_private=True))

        assert (outcome.status, len(outcome.answer)) == (200, outbound.LARGEST_ANSWER)

    def test_ends_at_its_deadline_however_the_receiver_drips(self, monkeypatch):
        monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.5)
        listener = socket.create_server(("127.0.0.1", 0))
        stop = threading.Event()

        def drip():
            accepted, _ = listener.accept()
            with accepted:
                accepted.sendall(b"HTTP/1.1 200 OK\r\n")
                while not stop.wait(0.05):
                    try:
                        accepted.sendall(b"X-More: 1\r\n")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        outcome = post(Post(f"http://127.0.0.1:{listener.getsockname()[1]}/", {}, b"{}", allow_private=True))
        stop.set()
        thread.join()
        listener.close()

        assert (outcome.status, outcome.error) == (None, "no answer in time")
        assert time.monotonic() - began < 3

    def test_names_a_receiver_that_is_not_there(self):
        assert post(Post("http://127.0.0.1:1/", {}, b"{}", allow_private=True)).error == "connection refused"

    def test_keeps_signed_headers_out_of_its_own_description(self):
        assert (
            repr(Post("https://a.example/", {"webhook-signature": "v1,abc"}, b"secret")) == "Post(https://a.example/)"
        )


@pytest.mark.django_db
class TestAnEndpoint:
    @pytest.mark.parametrize("url", IN_DISGUISE)
    def test_is_not_made_for_a_forbidden_address(self, partner, url):
        with pytest.raises(InvalidRequestError):
            partners.create_endpoint(partner_id=partner.pk, mode="live", url=url, actor="user:1")
        assert not WebhookEndpoint.objects.exists()

    def test_is_judged_again_at_each_sending(self, partner, receiver, settings):
        endpoint_at(receiver, partner)
        settings.WEBHOOK_ALLOW_PRIVATE = False
        WebhookEndpoint.objects.update(url=receiver.url.replace("http:", "https:"))
        happen(partner, "order.succeeded")

        partners.deliver_due()

        assert not receiver.received
        assert WebhookDelivery.objects.get().error == "not an address of the public internet"
