"""The broker: RabbitMQ, or the one inside PostgreSQL that development uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ssl import CERT_REQUIRED
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

from steller import embedded

# In memory: for tests.
_SCHEMES = {"amqp", "amqps", "memory"}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where wake-ups travel and through which queues."""

    url: str
    queues: tuple[Queue, ...]
    transport_options: Mapping[str, Any] = field(default_factory=dict)
    tls: dict[str, Any] | None = None


def embedded_broker(database_url: str) -> Broker:
    """Describe the broker that lives in the same PostgreSQL: direct exchanges, nothing to declare."""
    return Broker(
        url=embedded.broker_url(database_url),
        queues=_queues("direct", {}, {}),
        transport_options=embedded.broker_transport_options(database_url),
    )


def rabbitmq(url: str, *, process: str) -> Broker:
    """Describe RabbitMQ.

    Publishers get short socket time-outs: without them a RabbitMQ alarm would hang a web request for ever.
    The worker's consuming connection gets none, its heartbeat finds a dead broker.

    Raises:
        ImproperlyConfigured: it is no address of a RabbitMQ.

    """
    if urlsplit(url).scheme not in _SCHEMES:
        raise ImproperlyConfigured("RABBITMQ_URL is not amqp://user:password@host:5672/vhost, or amqps://")
    options: dict[str, Any] = {"confirm_publish": True}
    if process != "worker":
        options |= {"read_timeout": 1, "write_timeout": 1, "connect_timeout": 1}
    quorum = {"x-queue-type": "quorum"}
    # A tick that nobody took within two seconds is worthless: the next one is there.
    return Broker(
        url=url,
        queues=_queues("topic", quorum, {**quorum, "x-message-ttl": 2000}),
        transport_options=options,
        tls=_verified(url),
    )


def _verified(url: str) -> dict[str, Any] | None:
    # The driver checks whom a certificate was made for only when it is told whom it expects.
    parts = urlsplit(url)
    return {"cert_reqs": CERT_REQUIRED, "server_hostname": parts.hostname} if parts.scheme == "amqps" else None


def _queues(kind: str, arguments: dict[str, Any], tick_arguments: dict[str, Any]) -> tuple[Queue, ...]:
    return tuple(
        Queue(name, Exchange(name, type=kind), routing_key=name, queue_arguments=options)
        for name, options in (("order-created", arguments), ("ticks", tick_arguments), ("slow", arguments))
    )
