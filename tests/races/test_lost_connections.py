"""A database that dropped its connections costs no request: the first read opens a new one."""

import pytest
from django.db import connection

from tests.conftest import Buyer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


def drop_our_connection():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    finally:
        other.close()


class TestARequestOnADroppedConnection:
    def test_is_answered_as_if_nothing_had_happened(self, committing_db: None, buyer: Buyer):
        drop_our_connection()

        assert buyer.api.get("/api/partner/me").status_code == 200
