"""What `amqps://` promises: the certificate is one of ours, and made for the host that we meant."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kombu import Connection

from steller.configuration import rabbitmq


def _certificate(directory: Path, host: str) -> Path:
    """Write a key and a certificate for `host`, its own authority, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = directory / f"{host}.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


class _Server:
    """Takes TLS connections with one certificate and hangs up after the first bytes, which it keeps."""

    def __init__(self, file: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _address = self._socket.accept()
            except OSError:
                return
            with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as secure:
                self.heard.append(secure.recv(8))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def broker_of(tmp_path, monkeypatch) -> Iterator[Callable[[str], _Server]]:
    """Give a function that starts a server whose certificate is for this host, and is trusted."""
    with ExitStack() as stack:

        def start(host: str) -> _Server:
            file = _certificate(tmp_path, host)
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
            server = _Server(file)
            stack.callback(server.close)
            return server

        yield start


def _connect(server: _Server) -> None:
    broker = rabbitmq(f"amqps://steller:x@localhost:{server.port}//", process="web")
    Connection(broker.url, ssl=broker.tls or False, connect_timeout=3).connect()


class TestASecureBroker:
    def test_is_greeted_when_its_certificate_bears_its_name(self, broker_of):
        server = broker_of("localhost")

        with pytest.raises(OSError, match="closed"):  # It is no RabbitMQ and hangs up.
            _connect(server)

        assert server.heard[0].startswith(b"AMQP")

    def test_is_not_greeted_with_the_certificate_of_another_host(self, broker_of):
        server = broker_of("other.example")

        with pytest.raises(ssl.SSLCertVerificationError, match="localhost"):
            _connect(server)

        assert server.heard == []
