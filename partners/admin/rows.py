"""Staff pages for partners, their contacts and keys, and for what was told to whom and who did what."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django_subatomic.db import transaction
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from partners import services as partners
from partners.admin.audited import AuditedAdmin, actor_of
from partners.models import (
    ApiKey,
    AuditEntry,
    Contact,
    Email,
    Event,
    NotificationPreference,
    Partner,
    RequestNote,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookReplay,
)
from steller.read_only import ReadOnlyAdmin

# These pages would show refresh tokens that are still good.
admin.site.unregister([OutstandingToken, BlacklistedToken])


class _ContactInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Contact
    extra = 0
    fields = ("name", "position", "email", "phone")


@admin.register(Partner)
class PartnerAdmin(AuditedAdmin):
    """Partners; suspending and resuming are actions."""

    list_display = ("name", "email", "weight", "suspended_at", "created_at")
    list_filter = (("suspended_at", admin.EmptyFieldListFilter), ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "email", "registration_number")
    readonly_fields = (
        *AuditedAdmin.readonly_fields,
        *("suspended_at", "suspended_reason", "second_factor_required", "deleted_at"),
    )
    inlines = (_ContactInline,)
    actions = ("suspend", "resume")

    @admin.action(description="Suspend: no new orders, no reveals", permissions=["change"])
    def suspend(self, request: HttpRequest, chosen: QuerySet[Partner]) -> None:
        """Suspend the chosen partners."""
        with transaction():
            for partner in chosen.filter(deleted_at=None):
                partners.suspend_partner(
                    partner_id=partner.pk, actor=actor_of(request), reason="Suspended in the admin pages"
                )

    @admin.action(description="Lift the suspension", permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Partner]) -> None:
        """Resume the chosen partners."""
        with transaction():
            for partner in chosen.filter(deleted_at=None):
                partners.resume_partner(partner_id=partner.pk, actor=actor_of(request))


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys by their readable prefix; revoking one is an action."""

    list_display = ("prefix", "name", "partner", "mode", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("mode", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("partner",)
    search_fields = ("prefix", "name", "partner__name")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description="Revoke at once", permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        """Revoke the chosen keys."""
        with transaction():
            for key in chosen:
                partners.revoke_api_key(key_id=key.pk, partner_id=key.partner_id, actor=actor_of(request))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may change keys at all."""
        return request.user.has_perm("partners.change_apikey")


@admin.register(Contact)
class ContactAdmin(AuditedAdmin):
    """People to talk to."""

    list_display = ("name", "partner", "position", "email", "phone")
    list_select_related = ("partner",)
    search_fields = ("name", "email", "partner__name")
    autocomplete_fields = ("partner",)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What partners were told."""

    list_display = ("partner", "number", "kind", "created_at", "actor")
    list_filter = ("kind",)
    list_select_related = ("partner",)
    search_fields = ("partner__name",)
    ordering = ("-id",)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Where partners have their events sent, and how far each address has got; never the secrets."""

    list_display = ("url", "partner", "mode", "status", "paused_by", "last_delivered", "failures", "failing_since")
    list_filter = ("status", "mode", ("deleted_at", admin.EmptyFieldListFilter))
    list_select_related = ("partner",)
    search_fields = ("url", "partner__name")
    exclude = ("secret", "previous_secret", "lease_token")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """Each try to send an event."""

    list_display = ("created_at", "endpoint", "kind", "number", "attempt", "status_code", "error", "next_attempt_at")
    list_filter = ("succeeded", "kind")
    list_select_related = ("endpoint",)
    search_fields = ("endpoint__url", "message_id")
    ordering = ("-id",)


@admin.register(WebhookReplay)
class WebhookReplayAdmin(ReadOnlyAdmin):
    """What partners wanted sent once more."""

    list_display = ("created_at", "endpoint", "after", "until", "failures", "done_at", "given_up", "created_by")
    list_select_related = ("endpoint",)
    search_fields = ("endpoint__url",)


@admin.register(NotificationPreference)
class NotificationPreferenceAdmin(ReadOnlyAdmin):
    """Which e-mails partners chose to get, and where."""

    list_display = ("partner", "kind", "enabled", "addresses")
    list_filter = ("kind", "enabled")
    list_select_related = ("partner",)
    search_fields = ("partner__name",)


@admin.register(RequestNote)
class RequestNoteAdmin(ReadOnlyAdmin):
    """What partners' programs asked, the latest first."""

    list_display = ("at", "partner", "mode", "actor", "method", "path", "status", "duration_ms", "reference_id")
    list_filter = ("status", "mode")
    list_select_related = ("partner",)
    search_fields = ("=reference_id", "=actor")
    ordering = ("-id",)


@admin.register(Email)
class EmailAdmin(ReadOnlyAdmin):
    """What was mailed to whom; never the content."""

    list_display = ("created_at", "kind", "to", "partner", "status", "attempts", "sent_at")
    list_filter = ("status", "kind")
    list_select_related = ("partner",)
    search_fields = ("to", "partner__name")
    exclude = ("content",)
    ordering = ("-created_at",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what, the latest first."""

    list_display = ("at", "actor", "action", "subject", "partner", "reason")
    list_filter = ("action",)
    list_select_related = ("partner",)
    search_fields = ("subject", "actor", "reference_id")
    date_hierarchy = "at"
