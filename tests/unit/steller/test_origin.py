"""The client's address: believed from our proxies, never from strangers."""

import pytest

from steller.origin import client_address, networks_of

PROXIES = networks_of(("10.0.0.0/8", "2001:db8::1"))


def address_of(peer, forwarded=None):
    headers = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        headers["HTTP_X_FORWARDED_FOR"] = forwarded
    return client_address(headers, proxies=PROXIES)


class TestTheClientsAddress:
    @pytest.mark.parametrize(
        ("peer", "forwarded", "expected"),
        [
            ("203.0.113.9", None, "203.0.113.9"),
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.2.0.1", "198.51.100.1"),
            ("10.0.0.1", "10.9.9.9, 10.2.0.1", "10.9.9.9"),
            ("10.0.0.1", "1.2.3.4, nonsense", "10.0.0.1"),
            ("10.0.0.1", None, "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("2001:db8::1", "2001:db8:1::7", "2001:db8:1::7"),
            ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("", "198.51.100.1", None),
        ],
    )
    def test_is_the_last_one_that_is_no_proxy_of_ours(self, peer, forwarded, expected):
        assert address_of(peer, forwarded) == expected

    def test_is_the_peers_when_there_are_no_proxies(self):
        headers = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}

        assert client_address(headers, proxies=()) == "10.0.0.1"
