"""A supplier of catalog pages that a test writes by hand, and the sandbox one."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

from bamboo.client import BambooClient
from bamboo.sandbox.adapter import WsgiAdapter
from bamboo.sandbox.app import create_app
from bamboo.sandbox.settings import SandboxSettings

URL = "http://supplier.test"


def client(adapter: BaseAdapter) -> BambooClient:
    session = requests.Session()
    session.mount(URL, adapter)
    return BambooClient(base_url=URL, client_id="STELLER-SANDBOX", client_secret="sandbox-secret", session=session)


class Sandbox:
    """The imitation supplier without limits, with its control side."""

    def __init__(self, **options: Any) -> None:
        self.app = create_app(settings=SandboxSettings(limit_scale=0, notify=False), **options)
        self.client = client(WsgiAdapter(self.app))

    def control(self, path: str, body: dict[str, Any]) -> None:
        answer = self.app.test_client().post(f"/_control/{path}", json=body)
        assert answer.status_code < 300, answer.text


class Pages(BaseAdapter):
    """Answers each catalog page with what the test wrote, and everything else as a small supplier would."""

    def __init__(self, *pages: Any) -> None:
        super().__init__()
        self.pages = list(pages)
        self.asked: list[int] = []
        self.accounts: Any = [account(9001, "USD")]
        self.rates: Any = [{"currencyCode": "EUR", "value": 0.8}]
        self.countries: Any = [{"code": "US", "name": "United States", "alpha3Code": "USA"}]
        self.categories: Any = [{"id": 2, "name": "Gaming", "description": ""}]
        self.whole: Any = 500
        self.client = client(self)

    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        url = urlsplit(request.url or "")
        answer = self._answer(url.path, parse_qs(url.query))
        response = requests.Response()
        response.status_code = answer if isinstance(answer, int) else 200
        response.raw = _Body(b"" if isinstance(answer, int) else json.dumps(answer).encode())
        return response

    def close(self) -> None:
        pass

    def _answer(self, path: str, query: dict[str, list[str]]) -> Any:
        if path.endswith("v2.0/catalog"):
            self.asked.append(int(query["PageIndex"][0]))
            return self.pages.pop(0)
        if path.endswith("accounts"):
            return self.accounts if isinstance(self.accounts, int) else {"accounts": self.accounts}
        if path.endswith("exchange-rates"):
            if isinstance(self.rates, int):
                return self.rates
            return {"baseCurrencyCode": "USD", "rates": self.rates}
        lists = {"v1.0/catalog": self.whole, "catalog-countries": self.countries}
        return next((answer for end, answer in lists.items() if path.endswith(end)), self.categories)


class _Body:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def read1(self, _size: int, *, decode_content: bool) -> bytes:
        content, self.content = self.content, b""
        return content

    def drain_conn(self) -> None:
        pass

    def close(self) -> None:
        pass

    release_conn = close


def account(number: int, currency: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "currency": currency,
        "balance": 1000.5,
        "isActive": True,
        "sandboxMode": True,
    } | fields


def page(*brands: Any, count: int, size: int = 100) -> dict[str, Any]:
    return {"pageIndex": 0, "pageSize": size, "count": count, "items": list(brands)}


def brand(name: str, *products: Any, **fields: Any) -> dict[str, Any]:
    return {
        "internalId": name,
        "name": f"Brand {name}",
        "countryCode": "US",
        "currencyCode": "USD",
        "categories": [{"id": 2, "name": "Gaming"}],
        "products": list(products),
    } | fields


def product(number: int | None, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Product {number}",
        "minFaceValue": 10,
        "maxFaceValue": 10,
        "count": None,
        "price": {"min": 9.47, "max": 9.47, "currencyCode": "USD"},
        "modifiedDate": "2026-01-05T08:00:02.0000002",
        "isDeleted": False,
    } | fields
