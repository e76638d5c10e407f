"""Staff pages for partners, their contacts and keys, and for what was told to whom and who did what."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django_subatomic.db import transaction
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from partners import services as partners
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
from steller.read_only import ReadOnlyAdmin, ReadOnlyInline
from steller.through_services import RECORDED, ReasonForm, ThroughServicesAdmin, actor_of

# These pages would show refresh tokens that are still good.
admin.site.unregister([OutstandingToken, BlacklistedToken])


class _ContactInline(ReadOnlyInline):
    model = Contact
    fields = ("name", "position", "email", "phone")


class _PartnerForm(forms.ModelForm):  # type: ignore[type-arg]
    reason = forms.CharField(max_length=300, help_text="Why, for the audit log.")

    class Meta:
        model = Partner
        fields = partners.CHANGEABLE


@admin.register(Partner)
class PartnerAdmin(ThroughServicesAdmin):
    """What is known of partners. They are opened and closed in the staff pages: that needs several apps."""

    form = _PartnerForm
    list_display = ("name", "email", "weight", "suspended_at", "created_at")
    list_filter = (("suspended_at", admin.EmptyFieldListFilter), ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "email", "registration_number")
    readonly_fields = ("suspended_at", "suspended_reason", "second_factor_required", "deleted_at", *RECORDED)
    inlines = (_ContactInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a partner without a wallet and a price could not order."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may change this partner; one that was removed nobody changes."""
        return super().has_change_permission(request, obj) and (obj is None or obj.deleted_at is None)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Change what differs."""
        changes = {name: form.cleaned_data[name] for name in partners.CHANGEABLE}
        reason = form.cleaned_data["reason"]
        partners.change_partner(partner_id=obj.pk, actor=actor_of(request), reason=reason, **changes)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys by their readable prefix; revoking one is an action."""

    list_display = ("prefix", "name", "partner", "mode", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("mode", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("partner",)
    search_fields = ("prefix", "name", "partner__name")
    exclude = ("digest",)
    actions = ("revoke",)
    action_form = ReasonForm

    @admin.action(description="Revoke at once", permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        """Revoke the chosen keys."""
        actor, reason = actor_of(request), request.POST.get("reason", "")
        with transaction():
            for key in chosen:
                partners.revoke_api_key(key_id=key.pk, partner_id=key.partner_id, actor=actor, reason=reason)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may change keys at all."""
        return request.user.has_perm("partners.change_apikey")


@admin.register(Contact)
class ContactAdmin(ThroughServicesAdmin):
    """People to talk to."""

    list_display = ("name", "partner", "position", "email", "phone")
    list_select_related = ("partner",)
    search_fields = ("name", "email", "partner__name")
    autocomplete_fields = ("partner",)
    fields = ("partner", "name", "email", "phone", "position", *RECORDED)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep a contact with its partner."""
        return RECORDED if obj is None else ("partner", *RECORDED)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Add a contact, or change one."""
        known = {name: form.cleaned_data[name] for name in ("name", "email", "phone", "position")}
        if change:
            partners.change_contact(contact_id=obj.pk, partner_id=obj.partner_id, actor=actor_of(request), **known)
        else:
            obj.pk = partners.add_contact(partner_id=obj.partner_id, actor=actor_of(request), **known)


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
