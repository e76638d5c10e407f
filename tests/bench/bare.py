"""The yardstick: a bare Django view that runs the statements of an accepted order as raw SQL, and nothing else.

Served by the same gunicorn settings as the site: `gunicorn tests.bench.bare`. The statements are the site's own texts, or what its
ORM writes: the same round trips with parameters of the same kind, without validation, permissions, logging or publishing.
"""

import json
import os
import uuid
from functools import cache

os.environ["STELLER_PROCESS"] = "web"
os.environ["DJANGO_SETTINGS_MODULE"] = "steller.settings"

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django_subatomic.db import transaction

django.setup()
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = "tests.bench.bare"

from partners.queries import key_digest  # noqa: E402 - after Django is set up
from steller import database  # noqa: E402
from tests.bench.statements import ACCOUNT, HOLD, INSERT, KEY, OFFERS, RULES, WALLET, line_row  # noqa: E402

# The yardstick is Django's own cursor; the site's prepared statements are measured beside it.
_PREPARED = bool(os.environ.get("BARE_PREPARED"))


@cache
def _account(currency: str) -> int:
    """Return the account that pays; the site remembers it as well."""
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNT, [currency])
        return int(cursor.fetchone()[0])


def order(request: HttpRequest) -> JsonResponse:
    """Accept an order for one line, as the site does, without asking any question."""
    body = json.loads(request.body)
    line = body["items"][0]
    digest = key_digest(request.headers["X-Api-Key"], secret=settings.SECRET_KEY)
    with database.prepared_cursor() if _PREPARED else connection.cursor() as cursor:
        cursor.execute(KEY, [[digest]])
        key = cursor.fetchone()
        cursor.execute(WALLET, [key[1], body["currency"]])
        wallet = cursor.fetchone()
        cursor.execute(OFFERS, {"products": [line["product_id"]], "partner_id": key[1]})
        offer = cursor.fetchone()
        about = {"partner_id": key[1], "products": [offer[0]], "brands": [offer[8]], "now": timezone.now()}
        cursor.execute(RULES, about)
        cursor.fetchall()
        price = offer[3]
        order_id, line_id = uuid.uuid4(), uuid.uuid4()
        row = line_row(str(line_id), offer, _account(offer[16]))
        values = {
            "id": order_id, "partner_id": key[1], "wallet_id": wallet[0], "mode": "live", "type": "api",
            "request_id": uuid.UUID(body["request_id"]), "fingerprint": b"0" * 32, "reference": "",
            "currency": "USD", "sale_total": price, "actor": "key:1", "lines": json.dumps([row]),
        }  # fmt: skip
        with transaction():
            cursor.execute(INSERT, values)
            number, created_at = cursor.fetchone()
            cursor.execute(
                HOLD,
                {
                    "references": [f"line:{line_id}"],
                    "amounts": [price],
                    "count": 1,
                    "total": price,
                    "wallet_id": wallet[0],
                    "actor": "key:1",
                },
            )
    return JsonResponse({"id": str(order_id), "number": number, "created_at": created_at.isoformat()}, status=202)


urlpatterns = [path("api/order", order)]
application = WSGIHandler()
