"""Staff pages for partners, their people and keys; every change goes to the audit log."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
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
    User,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookReplay,
)
from steller.read_only import ReadOnlyAdmin

# These pages would show refresh tokens that are still good.
admin.site.unregister([OutstandingToken, BlacklistedToken])


def actor_of(request: HttpRequest) -> str:
    """Name the staff user that works in the admin pages."""
    return f"user:{request.user.pk}"


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that staff may add and change: who did it is kept with the row and in the audit log."""

    list_per_page = 50
    readonly_fields: ClassVar[Any] = ("created_at", "created_by", "updated_at", "updated_by")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse: rows that others point to are ended, not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save the row and write down what changed; the admin's own transaction holds both."""
        obj.updated_by = actor_of(request)
        if not change:
            obj.created_by = obj.updated_by
        super().save_model(request, obj, form, change)
        self.write_audit(request, obj, form, change=change)

    def write_audit(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> None:
        """Write down which fields changed, from what to what; never a password."""
        shown = [name for name in form.changed_data if "password" not in name]
        name = obj._meta.model_name  # noqa: SLF001 - the documented way to a model's name
        partners.record_audit(
            action=f"{name}.{'change' if change else 'create'}",
            subject=f"{name}:{obj.pk}",
            actor=actor_of(request),
            partner_id=obj.pk if isinstance(obj, Partner) else getattr(obj, "partner_id", None),
            before={field: str(form.initial.get(field)) for field in shown} if change else None,
            after={field: str(form.cleaned_data.get(field)) for field in shown},
            address=request.META.get("REMOTE_ADDR"),
            reference_id=getattr(request, "reference_id", ""),
        )


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
    readonly_fields = (*AuditedAdmin.readonly_fields, "suspended_at", "suspended_reason")
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


class _NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)
        field_classes: ClassVar[dict[str, Any]] = {}


@admin.register(User)
class StellerUserAdmin(AuditedAdmin, UserAdmin):  # type: ignore[type-arg]
    """Users; only a superuser hands out superuser rights and roles."""

    add_form = _NewUserForm
    ordering = ("email",)
    list_display = ("email", "name", "partner", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    list_select_related = ("partner",)
    search_fields = ("email", "name", "partner__name")
    autocomplete_fields = ("partner",)
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "phone", "address", "partner")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "deleted_at")}),
        ("History", {"fields": ("last_login", "date_joined", *AuditedAdmin.readonly_fields)}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "partner", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep rights out of reach of staff who have fewer."""
        fixed = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        return fixed if request.user.is_superuser else (*fixed, "is_staff", "is_superuser", "groups")


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
