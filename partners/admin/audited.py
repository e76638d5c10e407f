"""Rows that staff may add and change in the admin pages, each change with its entry in the audit log."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from partners import services as partners
from partners.models import Partner


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
        )
