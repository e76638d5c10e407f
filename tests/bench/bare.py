"""The yardstick: a bare Django view that runs the statements of an accepted order as raw SQL, and nothing else.

Served by the same gunicorn settings as the site: `gunicorn tests.bench.bare`. Reading a key, a price and a wallet,
writing order, line, hold, entry and wallet in one transaction: the same round trips, without validation, permissions,
logging or publishing.
"""

import json
import os
import uuid

os.environ["STELLER_PROCESS"] = "web"
os.environ["DJANGO_SETTINGS_MODULE"] = "steller.settings"

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django_subatomic.db import transaction

django.setup()
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = "tests.bench.bare"

from orders.services.placement import _INSERT  # noqa: E402 - after Django is set up
from partners.queries import key_digest  # noqa: E402
from wallets.services.reserving import _HOLD  # noqa: E402

INSERT, HOLD = _INSERT, _HOLD

KEY = """
SELECT k.id, k.partner_id, k.mode, k.scopes, k.expires_at, k.revoked_at, k.last_used_at, p.suspended_at, p.deleted_at
FROM partners_apikey k JOIN partners_partner p ON p.id = k.partner_id WHERE k.digest = %s
"""
PRICE = """
SELECT product.id, product.supplier_id, product.name, product.min_face_value, product.stock, brand.supplier_id,
       brand.name, brand.country, brand.currency, price.min, price.currency, rule.value, account.id
FROM catalog_product product
JOIN catalog_brand brand ON brand.id = product.brand_id
JOIN catalog_productprice price ON price.product_id = product.id AND price.until IS NULL
JOIN catalog_commissionrule rule ON rule.partner_id = %s
JOIN bamboo_account account ON account.currency = price.currency AND account.is_active AND account.mode = 'live'
WHERE product.id = %s
"""
WALLET = """
SELECT w.id, w.currency_id, p.suspended_at FROM wallets_wallet w JOIN partners_partner p ON p.id = w.partner_id
WHERE w.partner_id = %s AND w.currency_id = %s AND w.mode = 'live'
"""


def order(request: HttpRequest) -> JsonResponse:
    """Accept an order for one line, as the site does, without asking any question."""
    body = json.loads(request.body)
    line = body["items"][0]
    digest = key_digest(request.headers["X-Api-Key"], secret=settings.SECRET_KEY)
    with connection.cursor() as cursor:
        cursor.execute(KEY, [digest])
        key = cursor.fetchone()
        cursor.execute(WALLET, [key[1], body["currency"]])
        wallet = cursor.fetchone()
        cursor.execute(PRICE, [key[1], line["product_id"]])
        card = cursor.fetchone()
        order_id, line_id = uuid.uuid4(), uuid.uuid4()
        row = {
            "id": str(line_id), "position": 0, "account_id": card[12], "product_id": card[0],
            "supplier_product_id": card[1], "brand_code": card[5], "brand_name": card[6], "product_name": card[2],
            "picture_url": "", "country": card[7], "currency": card[8], "supplier_currency": card[10],
            "face_value": str(card[3]), "quantity": 1, "unit_price": str(card[3]), "sale_amount": str(card[3]),
            "unit_cost": str(card[9]), "break_even_cost": str(card[3]), "price_parts": {},
        }  # fmt: skip
        values = {
            "id": order_id, "partner_id": key[1], "wallet_id": wallet[0], "mode": "live", "type": "api",
            "request_id": uuid.UUID(body["request_id"]), "fingerprint": b"0" * 32, "reference": "",
            "currency": "USD", "sale_total": card[3], "actor": "key:1", "lines": json.dumps([row]),
        }  # fmt: skip
        with transaction():
            cursor.execute(INSERT, values)
            number, created_at = cursor.fetchone()
            cursor.execute(
                HOLD,
                {
                    "references": [f"line:{line_id}"],
                    "amounts": [card[3]],
                    "count": 1,
                    "total": card[3],
                    "wallet_id": wallet[0],
                    "actor": "key:1",
                },
            )
    return JsonResponse({"id": str(order_id), "number": number, "created_at": created_at.isoformat()}, status=202)


urlpatterns = [path("api/order", order)]
application = WSGIHandler()
