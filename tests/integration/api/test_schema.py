"""The description is kept: what it allows is answered as it says, what it forbids is refused, and nothing breaks.

Schemathesis makes the requests, the same in each run. Each is undone, so that none takes the next one's ground away.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from partners.authentication.tokens import new_tokens
from tests import factories
from tests.conftest import Buyer

load_all_checks()
pytestmark = pytest.mark.django_db
EXAMPLES_FOR_PARTNERS, EXAMPLES_FOR_STAFF = 4, 2
CONFIG = {
    # PostgreSQL's text has no NUL, and which letters of the world are printable a pattern cannot say.
    "generation": {"allow-x00": False, "codec": "ascii"},
    # Beside what is done: well-formed, and refused for what we know: money, products, states.
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "304", "401", "402", "403", "404", "409", "422", "429"]
        }
    },
}
# Here we ask for more than a schema can say, so what it allows may be refused: a link that we made, an address that we
# would call, a time to come, one of two forms.
ASK_FOR_MORE = {
    "auth_invitation",
    "auth_password",
    "auth_password_reset_confirm",
    "second_factor_confirm",
    "key_create",
    "wallet_top_up",
    "webhook_create",
    "webhook_change",
    "webhook_replay",
}


@pytest.fixture
def operations(client: Any) -> Iterator[list[Any]]:
    """Read the served description; requests go to the WSGI application, inside the test's transaction."""
    answer = client.get("/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    schema: Any = schemathesis.openapi.from_dict(answer.json(), config=SchemathesisConfig.from_dict(CONFIG))
    schema.app = get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield [result.ok() for result in schema.get_all_operations()]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def colleague(db: None) -> str:
    user = factories.UserFactory(partner=None, is_staff=True, is_superuser=True, role="admin")
    return f"Bearer {new_tokens(user)['access']}"


def headers_for(operation: Any, buyer: Buyer, colleague: str) -> dict[str, str]:
    ways = {name for way in operation.definition.raw.get("security", []) for name in way}
    if "ApiKey" in ways:
        return {"X-Api-Key": buyer.key}
    return {"Authorization": colleague} if ways else {}


def send_each(operation: Any, mode: GenerationMode, send: Callable[[Any], None]) -> str:
    """Send what schemathesis makes up, undoing each; return what was wrong with the answers."""

    @settings(
        max_examples=EXAMPLES_FOR_STAFF if is_for_staff(operation) else EXAMPLES_FOR_PARTNERS,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send_one(case: Any) -> None:
        place = transaction.savepoint_create()
        try:
            send(case)
        finally:
            transaction.savepoint_rollback(place)

    try:
        send_one()
    except Unsatisfiable:
        return ""  # It takes nothing, so nothing can be wrong with it.
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - what is wrong is told together, at the end
        return "\n".join([operation.label, str(error), *map(str, getattr(error, "exceptions", ()))])
    return ""


def is_for_staff(operation: Any) -> bool:
    return bool(operation.path.startswith("/api/staff/"))


class TestEachOperation:
    def test_answers_what_is_allowed_as_it_says(self, operations, buyer, colleague):
        def send(case):
            operation = case.operation
            asks_for_more = is_for_staff(operation) or operation.definition.raw["operationId"] in ASK_FOR_MORE
            # Nobody can make a cursor up.
            case.query = {name: value for name, value in (case.query or {}).items() if name != "cursor"}
            case.call_and_validate(
                headers=headers_for(operation, buyer, colleague),
                excluded_checks=CHECKS.get_by_names(["positive_data_acceptance"] if asks_for_more else []),
            )

        wrong = [send_each(operation, GenerationMode.POSITIVE, send) for operation in operations]

        assert not list(filter(None, wrong))

    def test_refuses_what_is_not_allowed(self, operations, buyer, colleague):
        def send(case):
            # An empty filter is none, and a list that nobody has changed is not looked at.
            assume("" not in (case.query or {}).values())
            assume("If-None-Match" not in (case.headers or {}))
            case.call_and_validate(
                headers=headers_for(case.operation, buyer, colleague),
                excluded_checks=CHECKS.get_by_names(["positive_data_acceptance"]),
            )

        wrong = [send_each(operation, GenerationMode.NEGATIVE, send) for operation in operations]

        assert not list(filter(None, wrong))
