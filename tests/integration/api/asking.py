"""What the tests of the API share: bodies to send, and what every answer must keep to."""

import uuid
from decimal import Decimal

from orders.models import Order, OrderItem
from wallets.models import Hold, Wallet


def body_for(product, **changes):
    return {
        "request_id": str(uuid.uuid4()),
        "currency": "USD",
        "items": [{"product_id": product.pk, "face_value": "10.00", "quantity": 2}],
        **changes,
    }


def line(product, **changes):
    return {"product_id": product.pk, "face_value": "10.00", "quantity": 2, **changes}


def assert_problem(answer, status, code):
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["status"] == status
    assert problem["type"] == f"urn:steller:error:{code}"
    assert problem["reference_id"] == answer.headers["X-Reference-Id"]
    assert {"title", "detail", "instance", "retryable", "money"} <= problem.keys()
    return problem


def assert_nothing_happened(buyer):
    assert not Order.objects.exists()
    assert not OrderItem.objects.exists()
    assert not Hold.objects.exists()
    wallet = Wallet.objects.get(pk=buyer.wallet.pk)
    assert (wallet.available, wallet.held, wallet.version) == (Decimal(1000), 0, 1)


def walk(api, path, page_size):
    """Follow `next` to the end and return each page's results."""
    pages, address = [], f"{path}{'&' if '?' in path else '?'}page_size={page_size}"
    while address:
        body = api.get(address).json()
        pages.append(body["results"])
        address = body["next"]
    return pages
