"""People of our staff in a test, logged in over HTTP."""

from typing import Any

from tests import factories
from tests.conftest import client_of


def staff_client(role: str) -> Any:
    """Return a client of a new person in this role; `user_id` tells who it is."""
    user = factories.UserFactory(partner=None, is_staff=True, role=role)
    answer = client_of().post("/api/auth/token", {"email": user.email, "password": "correct horse battery"})
    client: Any = client_of(token=answer.json()["access"])
    client.user_id = user.pk
    return client
