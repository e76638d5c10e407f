"""One RabbitMQ for all journeys, and a site with a database of its own for each of them."""

import os
import uuid
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from dev.rabbitmq import RabbitNode
from steller import embedded
from tests.e2e.site import Site


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory):
    with RabbitNode(tmp_path_factory.mktemp("rabbit")) as node:
        yield node


@pytest.fixture
def database_url():
    """A fresh database on the server that the tests use."""
    if settings.EMBEDDED_DATABASE:
        embedded.start()
    server = os.environ.get("DATABASE_URL") or embedded.database_url()
    name = f"steller_e2e_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def site(rabbit, database_url, tmp_path):
    with Site(tmp_path, rabbit, database_url) as site:
        yield site
