"""The statements of an accepted order, as the site writes them or as its ORM would: for the bare view and for pgbench."""

import os
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")

import django

django.setup()

from catalog.queries.lines import _OFFERS  # noqa: E402 - after Django is set up
from catalog.queries.rules import _RULES  # noqa: E402
from orders.services.placement import _INSERT  # noqa: E402
from wallets.services.reserving import _HOLD  # noqa: E402

INSERT, HOLD, OFFERS, RULES = _INSERT, _HOLD, _OFFERS, _RULES

KEY = """
SELECT k.id, k.partner_id, k.mode, k.scopes, k.expires_at, k.revoked_at, k.last_used_at, p.suspended_at, p.deleted_at
FROM partners_apikey k JOIN partners_partner p ON p.id = k.partner_id WHERE k.digest = ANY(%s)
"""
WALLET = """
SELECT w.id, w.currency_id, p.suspended_at, p.deleted_at
FROM wallets_wallet w JOIN partners_partner p ON p.id = w.partner_id
WHERE w.mode = 'live' AND w.partner_id = %s AND w.currency_id = %s AND w.type = 'prepaid' ORDER BY w.id LIMIT 1
"""
ACCOUNT = "SELECT id FROM bamboo_account WHERE currency = %s AND is_active AND mode = 'live' ORDER BY id LIMIT 1"


def line_row(line_id: str, offer: Sequence[Any], account_id: int) -> dict[str, Any]:
    """Write an order line as the site does, from a row of `OFFERS`."""
    price = str(offer[3])
    return {
        "id": line_id, "position": 0, "account_id": account_id, "product_id": offer[0],
        "supplier_product_id": offer[1], "brand_code": offer[9], "brand_name": offer[10], "product_name": offer[2],
        "picture_url": offer[11], "country": offer[12], "currency": offer[13], "supplier_currency": offer[16],
        "face_value": price, "quantity": 1, "unit_price": price, "sale_amount": price, "unit_cost": str(offer[14]),
        "break_even_cost": price, "price_parts": dict.fromkeys(("face_value", "cost", "unit_price"), price),
    }  # fmt: skip
