"""The imitation inside the process, and the real client that talks to it through an adapter."""

import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from bamboo.client import BambooClient
from bamboo.sandbox import SandboxSettings, create_app, sandbox_of
from bamboo.sandbox.adapter import WsgiAdapter
from bamboo.schemas import CheckoutEntry, Order

URL = "http://supplier.test"
START = 1_780_000_000.0


class Supplier:
    """The imitation with a clock that stands still until it is moved."""

    def __init__(self, *, brands: int = 0, database: Any = ":memory:", **settings: Any) -> None:
        self.time = START
        self.app = create_app(
            database=database,
            settings=SandboxSettings(limit_scale=0).changed(settings),
            brands=brands,
            clock=lambda: self.time,
        )
        self.session = requests.Session()
        self.session.mount(URL, WsgiAdapter(self.app))
        self.session.auth = ("STELLER-SANDBOX", "sandbox-secret")
        self.client = self.client_of("STELLER-SANDBOX", "sandbox-secret")

    def client_of(self, client_id: str, client_secret: str) -> BambooClient:
        return BambooClient(base_url=URL, client_id=client_id, client_secret=client_secret, session=self.session)

    def control(self, method: str, path: str, **body: Any) -> Any:
        answer = self.app.test_client().open(f"/_control/{path}", method=method, json=body or None)
        assert answer.status_code < 400, answer.json
        return answer.json

    def fault(self, fault: str, **options: Any) -> None:
        self.control("POST", "faults", fault=fault, **options)

    def buy(
        self,
        product_id: int = 500101,
        quantity: int = 1,
        value: object = 10,
        *,
        request_id: uuid.UUID | None = None,
        account_id: int = 9001,
    ) -> uuid.UUID:
        chosen = request_id or uuid.uuid4()
        entry = CheckoutEntry(product_id, quantity, Decimal(str(value)))
        self.client.checkout(request_id=chosen, account_id=account_id, entries=[entry])
        return chosen

    def order(self, request_id: uuid.UUID, *, after: float = 0) -> Order:
        """Read an order so many seconds later."""
        self.time += after
        return self.client.order(request_id=request_id)

    def balance(self, account_id: int = 9001) -> Decimal:
        return next(each.balance for each in self.client.accounts() if each.id == account_id)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(f"{URL}{path}", params=query)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.session.post(f"{URL}{path}", json=body)

    def close(self) -> None:
        sandbox_of(self.app).close()


@pytest.fixture
def make_supplier() -> Iterator[Callable[..., Supplier]]:
    """Make an imitation with settings; all are closed at the end."""
    made: list[Supplier] = []

    def make(**options: Any) -> Supplier:
        made.append(Supplier(**options))
        return made[-1]

    yield make
    for supplier in made:
        supplier.close()


@pytest.fixture
def supplier(make_supplier: Callable[..., Supplier]) -> Supplier:
    """The imitation as it is by default, without limits."""
    return make_supplier()
