"""One RabbitMQ for all journeys, and a site with a database of its own for each of them."""

import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from dev.rabbitmq import RabbitNode
from steller import embedded
from tests.e2e.site import ROOT, Site


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory):
    with RabbitNode(tmp_path_factory.mktemp("rabbit")) as node:
        yield node


@contextmanager
def database(template):
    """Make a database on the server that the tests use, and give its address."""
    if settings.EMBEDDED_DATABASE:
        embedded.start()
    server = os.environ.get("DATABASE_URL") or embedded.database_url()
    name = f"steller_e2e_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_database():
    """A database that nobody writes to: the others are copies of it, since migrating each takes seconds."""
    with database("template0") as url:
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)
        yield urlsplit(url).path.lstrip("/")


@pytest.fixture
def database_url(migrated_database):
    """A fresh, migrated database."""
    with database(migrated_database) as url:
        yield url


@pytest.fixture
def site(rabbit, database_url, tmp_path):
    with Site(tmp_path, rabbit, database_url) as site:
        yield site
