"""What is sent and answered about webhook endpoints, their deliveries and replays."""

from typing import Any

from rest_framework import serializers

from partners.api.events import LARGEST_NUMBER
from partners.models import EventKind, WebhookDelivery, WebhookEndpoint
from partners.services import NewEndpoint
from steller.outbound import LONGEST_URL


class WebhookRequest(serializers.Serializer[Any]):
    """Where to send, and what."""

    url = serializers.CharField(max_length=LONGEST_URL, help_text="https; public addresses only.")
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    events = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=len(EventKind),
        help_text="The types that are sent; none chosen means all.",
    )


class WebhookChangeRequest(WebhookRequest):
    """What to change; what is left out stays."""

    url = serializers.CharField(max_length=LONGEST_URL, required=False)
    status = serializers.ChoiceField(
        choices=WebhookEndpoint.Status.choices, required=False, help_text="`active` also tries at once what waits."
    )


class WebhookBody(serializers.Serializer[Any]):
    """An endpoint, and how far it has got."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    description = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(choices=WebhookEndpoint.Status.choices)
    paused_by = serializers.ChoiceField(choices=WebhookEndpoint.PausedBy.choices, allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    last_delivered = serializers.IntegerField(help_text="The number of the last event that was taken or passed over.")
    last_success_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField(help_text="Tries of the next event that failed in a row.")
    failing_since = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    previous_secret_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class WebhookWithSecret(WebhookBody):
    """An endpoint with its new secret, which is shown this once."""

    secret = serializers.CharField(help_text="`whsec_…`: store it; we show it once.")


class RotateRequest(serializers.Serializer[Any]):
    """How long the old secret signs as well."""

    overlap_hours = serializers.IntegerField(min_value=0, max_value=168, default=24)


class ReplayRequest(serializers.Serializer[Any]):
    """Which events to send once more: a range of numbers, or ids."""

    after = serializers.IntegerField(min_value=0, max_value=LARGEST_NUMBER, required=False)
    until = serializers.IntegerField(min_value=1, max_value=LARGEST_NUMBER, required=False)
    ids = serializers.ListField(child=serializers.UUIDField(), required=False, allow_empty=False, max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want one of the two forms."""
        if ("ids" in attrs) == ("after" in attrs) or ("until" in attrs and "after" not in attrs):
            raise serializers.ValidationError("Give `ids`, or `after` with or without `until`.")
        return attrs


class ReplayBody(serializers.Serializer[Any]):
    """A replay that was taken on: numbers greater than `after`, up to `until`."""

    id = serializers.IntegerField()
    after = serializers.IntegerField()
    until = serializers.IntegerField()


class TestSendBody(serializers.Serializer[Any]):
    """The id under which the test appears in the delivery log."""

    webhook_id = serializers.CharField()


class DeliveryBody(serializers.Serializer[Any]):
    """One try to send one event."""

    id = serializers.IntegerField()
    webhook_id = serializers.CharField(help_text="The header `webhook-id` of this sending.")
    event_id = serializers.UUIDField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    type = serializers.CharField()
    attempt = serializers.IntegerField()
    is_replay = serializers.BooleanField()
    succeeded = serializers.BooleanField()
    status_code = serializers.IntegerField(allow_null=True)
    duration_ms = serializers.IntegerField()
    error = serializers.CharField()
    answer = serializers.CharField(help_text="The beginning of an answer that was no success.")
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


def endpoint_body(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Write an endpoint."""
    return {
        "id": str(endpoint.pk),
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.kinds,
        "status": endpoint.status,
        "paused_by": endpoint.paused_by or None,
        "paused_at": endpoint.paused_at,
        "last_delivered": endpoint.last_delivered,
        "last_success_at": endpoint.last_success_at,
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since,
        "next_attempt_at": endpoint.retry_at,
        "previous_secret_until": endpoint.previous_secret_until,
        "created_at": endpoint.created_at,
    }


def new_endpoint_body(new: NewEndpoint) -> dict[str, Any]:
    """Write an endpoint with its secret, this once."""
    return {**endpoint_body(new.endpoint), "secret": new.secret}


def delivery_body(delivery: WebhookDelivery) -> dict[str, Any]:
    """Write a try that came with its event."""
    return {
        "id": delivery.pk,
        "webhook_id": delivery.message_id,
        "event_id": str(delivery.event.public_id) if delivery.event else None,
        "number": delivery.number,
        "type": delivery.kind,
        "attempt": delivery.attempt,
        "is_replay": delivery.is_replay,
        "succeeded": delivery.succeeded,
        "status_code": delivery.status_code,
        "duration_ms": delivery.duration_ms,
        "error": delivery.error,
        "answer": delivery.answer,
        "next_attempt_at": delivery.next_attempt_at,
        "created_at": delivery.created_at,
    }
