"""Admin pages that change rows by calling services alone: what a service refuses is told above the form.

The service records who did it and why, so nothing here saves a row.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_subatomic.db import transaction

from steller.errors import DomainError

# What every changing row tells of itself (`steller.database.Recorded`).
RECORDED = ("created_at", "created_by", "updated_at", "updated_by")


def actor_of(request: HttpRequest) -> str:
    """Name the staff user that works in the admin pages."""
    return f"user:{request.user.pk}"


class ReasonForm(ActionForm):
    """Asks beside an action why it is done, for the audit log."""

    reason = forms.CharField(required=False, max_length=300, label="Reason")


class ThroughServicesAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows whose forms call services: each says in `save_model` which; none is deleted here."""

    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: rows that others point to are ended, not deleted."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save the form; a refusal has undone everything when it arrives here."""
        try:
            # What Django does here, in the kind of transaction that our services know. The stubs lack the method.
            with transaction():
                answer: HttpResponse = self._changeform_view(  # type: ignore[attr-defined]
                    request, object_id, form_url, extra_context
                )
                return answer
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
