"""Partners' people at their browsers, as Django's test client plays them."""

import uuid

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_subatomic.db import transaction

from partners import services as partners
from partners.models import User


def log_in(partner_id, role="owner"):
    with transaction():
        new = partners.create_user(
            email=f"{uuid.uuid4().hex[:8]}@example.com", role=role, partner_id=partner_id, actor="system:test"
        )
    client = Client()
    client.force_login(User.objects.get(pk=new.id))
    return client


def order_form(client):
    """Read the hidden fields of the page that confirms an order."""
    text = client.get("/cart/checkout").content.decode()
    names = ("mode", "request_id", "currency", "expected_total")
    return {name: text.split(f'<input type="hidden" name="{name}" value="')[1].split('"')[0] for name in names}


def add_to_cart(client, product, quantity=1, **more):
    return client.post("/cart/add", {"product": product.pk, "quantity": quantity, **more})


def queries_of(client, path):
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
        if response.streaming:
            list(response.streaming_content)
        assert response.status_code == 200
    return len(captured)
