"""A PostgreSQL and a message broker that need no installation, for development and the demo.

Settings use them where ``DATABASE_URL`` or ``RABBITMQ_URL`` is empty. Production names its own servers and
never calls anything here. ``python -m steller.embedded`` starts, stops and describes the server by hand.
"""

from steller.embedded.broker import broker_transport_options, broker_url, close_broker_at_exit, install_broker
from steller.embedded.places import EmbeddedPostgresError, database_url
from steller.embedded.postgres import is_running, start, stop, watch

__all__ = [
    "EmbeddedPostgresError",
    "broker_transport_options",
    "broker_url",
    "close_broker_at_exit",
    "database_url",
    "install_broker",
    "is_running",
    "start",
    "stop",
    "watch",
]
