"""For those who write the partner's code: the first call, an order and its cards, with this site's address."""

from dataclasses import dataclass
from string import Template
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import queries as catalog
from partners.queries import Scope
from steller.money import display
from steller.portal import actors
from steller.portal.pages.access import Person, partner_page
from wallets import queries as wallets

_KEY = Template("""export STELLER_KEY="$key\"""")
_BALANCE = Template("""curl $host/api/wallet \\
  -H "X-Api-Key: $$STELLER_KEY\"""")
_ORDER = Template("""curl $host/api/order \\
  -H "X-Api-Key: $$STELLER_KEY" -H "Content-Type: application/json" \\
  -d '{
    "request_id": "'$$(uuidgen)'",
    "currency": "$currency",
    "wait_seconds": 20,
    "items": [{"product_id": $product, "face_value": "$face_value", "quantity": 1}]
  }'""")
_CARDS = Template("""curl $host/api/order/ORDER_ID/cards \\
  -H "X-Api-Key: $$STELLER_KEY\"""")
_PYTHON = Template("""import os, uuid
import requests

steller = requests.Session()
steller.headers["X-Api-Key"] = os.environ["STELLER_KEY"]

order = {
    "request_id": str(uuid.uuid4()),  # keep it: sent again, it is the same order
    "currency": "$currency",
    "wait_seconds": 20,
    "items": [{"product_id": $product, "face_value": "$face_value", "quantity": 1}],
}
answer = steller.post("$host/api/order", json=order, timeout=60)
answer.raise_for_status()
cards = steller.get(f"$host/api/order/{answer.json()['id']}/cards", timeout=60)
for card in cards.json()["results"]:
    print(card["card_code"], card["pin"])""")


_KEYS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Example:
    """Code to copy."""

    heading: str
    text: str
    code: str


@require_safe
@partner_page(Scope.CATALOG_READ)
def developers(request: HttpRequest, person: Person) -> HttpResponse:
    """Show examples that run once the key is put in: a card that exists, a wallet that the partner has."""
    keys = list(actors.living_keys(person.partner_id).order_by("-pk")[:_KEYS_SHOWN])
    wanted = request.GET.get("key", "")
    key = next((each for each in keys if str(each.pk) == wanted), keys[0] if keys else None)
    mode = key.mode if key else person.mode
    wallet = wallets.wallets_of(partner_id=person.partner_id, mode=mode).order_by("pk").first()
    currency = wallet.currency_id if wallet else "USD"
    products = catalog.product_list(partner_id=person.partner_id).exclude(stock=0).filter(refused_at=None)
    product = products.filter(brand__currency=currency).first()
    host = request.build_absolute_uri("/").rstrip("/")
    context = {
        "person": person,
        "host": host,
        "keys": keys,
        "chosen": key,
        "mode": mode,
        "wallet": wallet,
        "examples": _examples(host, currency, product, key),
    }
    return render(request, "portal/developers.html", context)


def _examples(host: str, currency: str, product: Any, key: Any) -> list[Example]:
    card = {
        "host": host,
        "currency": currency,
        "product": product.pk if product else 1,
        "face_value": display(product.min_face_value) if product else "10.00",
        "key": f"{key.prefix}…" if key else "stl_test_…",
    }
    return [
        Example(
            _("Put your key in"),
            _("We keep the beginning of a key only; put in the whole one, as it was shown when it was made."),
            _KEY.substitute(card),
        ),
        Example(_("Try your key"), _("Your balance, as one call."), _BALANCE.substitute(card)),
        Example(
            _("Place an order"),
            _("The answer comes at once, with the order's id; wait_seconds waits for the cards, at most 30 seconds."),
            _ORDER.substitute(card),
        ),
        Example(_("Read the cards"), _("Each reading is recorded in the reveal log."), _CARDS.substitute(card)),
        Example(_("The same in Python"), "", _PYTHON.substitute(card)),
    ]
