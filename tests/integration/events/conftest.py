"""A partner with an endpoint that a receiver on this host answers, and time that passes for endpoints."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django_subatomic.db import transaction

from partners import services as partners
from partners.models import WebhookDelivery, WebhookEndpoint, WebhookReplay
from partners.services import EndpointChange, NewEndpoint
from tests import factories
from tests.integration.events.receiver import Receiver


@pytest.fixture
def partner(db: None) -> Any:
    return factories.PartnerFactory()


@pytest.fixture
def make_receiver(settings: Any) -> Iterator[Callable[..., Receiver]]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    made: list[Receiver] = []

    def make(**options: Any) -> Receiver:
        made.append(Receiver(**options))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture
def receiver(make_receiver: Callable[..., Receiver]) -> Receiver:
    return make_receiver()


def endpoint_at(receiver: Receiver, partner: Any, **options: Any) -> NewEndpoint:
    return partners.create_endpoint(partner_id=partner.pk, mode="live", url=receiver.url, actor="user:1", **options)


def endpoint_row(new: NewEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(pk=new.endpoint.pk)


def change(new: NewEndpoint, partner: Any, **options: Any) -> WebhookEndpoint:
    return partners.change_endpoint(
        endpoint_id=new.endpoint.pk,
        partner_id=partner.pk,
        mode="live",
        change=EndpointChange(**options),
        actor="user:1",
    )


def happen(partner: Any, *kinds: str, **options: Any) -> None:
    """Record events and number them."""
    with transaction():
        for index, kind in enumerate(kinds):
            partners.record_event(partner_id=partner.pk, kind=kind, body={"n": index}, actor="system:test", **options)
    partners.number_events()


def pass_time(**delta: float) -> None:
    """Let time pass for endpoints and what hangs on them."""
    passed = timedelta(**delta)
    WebhookEndpoint.objects.update(
        **{
            name: F(name) - passed
            for name in ("due_at", "retry_at", "failing_since", "lease_until", "paused_at", "previous_secret_until")
        }
    )
    WebhookReplay.objects.update(next_attempt_at=F("next_attempt_at") - passed)
    WebhookDelivery.objects.update(created_at=F("created_at") - passed, next_attempt_at=F("next_attempt_at") - passed)
