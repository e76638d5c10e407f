"""A stolen dump of the database after a full run: every table is read raw, and no secret stands in one of them.

To cover another secret, append it in `secrets_of_a_full_run` under a name that says what it is.
"""

import base64
import time

import pytest
from django.db import connection

from bamboo import accounts
from orders.services import checking, purchasing, settlement
from partners import services as partners
from partners.authentication.tokens import new_tokens
from partners.models import Email, User
from steller.portal import services as portal
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import body_for
from tests.integration.identity.people import PASSWORD, Phone, token_in
from tests.shop import Shop, Supplier

pytestmark = pytest.mark.django_db


def secrets_of_a_full_run():
    """Let everything happen that makes a secret; return each by its name."""
    found = {}
    supplier = Supplier()
    shop = Shop(supplier).open()
    accounts.refresh(supplier.client, mode="live")
    partner_id = shop.partner()
    found["API key"] = portal.make_key(partner_id=partner_id, actor="user:1").raw
    api = client_of(found["API key"])
    found |= _cards(shop, supplier, api)
    found |= _people(partner_id)
    made = api.post("/api/webhook", {"url": "https://hooks.example.com/steller", "kinds": ["order.succeeded"]}).json()
    if "secret" in made:
        found["webhook secret"] = made["secret"]
    return found


def _cards(shop, supplier, api):
    [product] = shop.products()
    line = {"product_id": product.pk, "face_value": str(product.min_face_value), "quantity": 3}
    order_id = api.post("/api/order", body_for(product, items=[line])).json()["id"]
    purchasing.run_round(client=supplier.client, mode="live")
    shop.pass_time(5)
    checking.read_due(client=supplier.client, mode="live", until=time.monotonic() + 60)
    settlement.settle_decided()
    cards = api.get(f"/api/order/{order_id}/cards").json()["results"]
    assert len(cards) == 3
    pins = {f"pin {number}": card["pin"] for number, card in enumerate(cards) if len(card["pin"]) > 3}
    return {f"card code {number}": card["card_code"] for number, card in enumerate(cards)} | pins


def _people(partner_id):
    user = User.objects.get(pk=factories.UserFactory(partner_id=partner_id, partner=None).pk)
    phone = Phone(user)
    tokens = new_tokens(user)
    refreshed = client_of().post("/api/auth/refresh", {"refresh": tokens["refresh"]}).json()
    client_of().post("/api/auth/password-reset", {"email": user.email})
    partners.invite_user(email="new@example.test", role="viewer", partner_id=partner_id, actor="user:1")
    client_of().post("/api/auth/token", {"email": user.email, "password": "a wrong password", "otp": "1234567"})
    return {
        "password": PASSWORD,
        "wrong password": "a wrong password",
        "TOTP secret": phone.totp.secret,
        **{f"recovery code {number}": code for number, code in enumerate(phone.recovery_codes)},
        "access token": tokens["access"],
        "refresh token": tokens["refresh"],
        "refreshed token": refreshed["refresh"],
        "reset token": token_in(Email.objects.get(kind="password_reset")),
        "invitation token": token_in(Email.objects.get(kind="invitation")),
    }


def dump():
    """Read every row of every table as text, as a thief would; bytes as they are and as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            yield table, "\n".join(row for (row,) in cursor.fetchall())


def forms_of(secret):
    """Write a secret in the ways that would give it away; the form of a recovery code without its dashes, too."""
    plain = secret.encode()
    return {secret, secret.replace("-", ""), plain.hex(), base64.b64encode(plain).decode().rstrip("=")}


class TestAStolenDump:
    def test_holds_no_secret_in_clear(self):
        secrets = secrets_of_a_full_run()
        tables = dict(dump())

        assert {"partners_apikey", "partners_secondfactor", "partners_email", "orders_card"} <= tables.keys()
        assert all(tables[table] for table in ("partners_apikey", "partners_secondfactor", "orders_card"))
        found = [
            (name, table)
            for name, secret in secrets.items()
            for table, text in tables.items()
            if any(form in text for form in forms_of(secret))
        ]
        assert found == []

    def test_would_be_noticed(self):
        factories.PartnerFactory(name="stl_live_in-clear")

        assert any("stl_live_in-clear" in text for _, text in dump())
