"""Staff pages for people, and for what they prove themselves with."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django_subatomic.db import transaction

from partners import services as partners
from partners.models import RecoveryCode, SecondFactor, User
from partners.services import PARTNER_ROLES, STAFF_ROLES
from steller.errors import DomainError, PermissionDeniedError
from steller.read_only import ReadOnlyAdmin
from steller.through_services import RECORDED, ThroughServicesAdmin, actor_of


class _UserForm(forms.ModelForm):  # type: ignore[type-arg]
    role = forms.ChoiceField(choices=[(role, role) for role in (*STAFF_ROLES, *PARTNER_ROLES)])
    reason = forms.CharField(max_length=300, required=False, help_text="Why, for the audit log.")

    class Meta:
        model = User
        fields = ("name", "phone", "address")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["role"] = self.instance.role


class _InvitationForm(_UserForm):
    class Meta:
        model = User
        fields = ("email", "name", "partner")


@admin.register(User)
class StellerUserAdmin(ThroughServicesAdmin):
    """People: invited here, given a role, kept out, helped back in, all by the same services as over the API."""

    form = _UserForm
    ordering = ("email",)
    list_display = ("email", "name", "partner", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    list_select_related = ("partner",)
    search_fields = ("email", "name", "partner__name")
    autocomplete_fields = ("partner",)
    actions = ("deactivate", "reactivate", "unlock", "reset_second_factor", "remove")
    history = ("last_login", "date_joined", "deleted_at", *RECORDED)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask a new person for less than is shown of one that is there."""
        if obj is None:
            return ((None, {"fields": ("email", "name", "partner", "role", "reason")}),)
        access = ("role", "reason", "is_active", "is_superuser")
        return (
            (None, {"fields": ("email", "partner", "name", "phone", "address")}),
            ("Access", {"fields": access}),
            ("History", {"fields": self.history}),
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Give new people a form of their own."""
        if obj is None:
            kwargs["form"] = _InvitationForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave access to the role and the actions."""
        return () if obj is None else ("email", "partner", "is_active", "is_superuser", *self.history)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may invite anybody."""
        return _manages(request, None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may change this person, or anybody; oneself and who is gone nobody changes."""
        if obj is None:
            return _manages(request, None)
        return obj.deleted_at is None and obj.pk != request.user.pk and _manages(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Invite a new person, or change one that is there."""
        fields, actor, limits = form.cleaned_data, actor_of(request), _limits_of(request)
        if change:
            described = {name: fields[name] for name in ("name", "phone", "address")}
            role = None if fields["role"] == obj.role else fields["role"]
            partners.change_user(
                user_id=obj.pk, role=role, actor=actor, reason=fields["reason"], limits=limits, **described
            )
            return
        obj.pk = partners.invite_user(
            email=fields["email"],
            role=fields["role"],
            name=fields["name"],
            partner_id=fields["partner"].pk if fields["partner"] else None,
            actor=actor,
            reason=fields["reason"],
            limits=limits,
        )

    @admin.action(description="Deactivate", permissions=["change"])
    def deactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Keep the chosen people out."""
        self._each(request, chosen, partners.deactivate_user)

    @admin.action(description="Reactivate", permissions=["change"])
    def reactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let the chosen people in again."""
        self._each(request, chosen, partners.reactivate_user)

    @admin.action(description="Unlock after wrong passwords", permissions=["change"])
    def unlock(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let the chosen people try again."""
        self._each(request, chosen, partners.unlock_user)

    @admin.action(description="Reset the second factor", permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Take the second factor of the chosen people away."""
        self._each(request, chosen, partners.reset_second_factor)

    @admin.action(description="Remove for good and blank their data", permissions=["change"])
    def remove(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Remove the chosen people."""
        self._each(request, chosen, partners.remove_user)

    def _each(self, request: HttpRequest, chosen: QuerySet[User], service: Callable[..., None]) -> None:
        limits = _limits_of(request)
        try:
            with transaction():
                for user in chosen.filter(deleted_at=None):
                    if not _manages(request, user):
                        raise PermissionDeniedError("You may not manage our staff.")
                    service(user_id=user.pk, actor=actor_of(request), reason="In the admin pages", limits=limits)
        except DomainError as error:
            self.message_user(request, error.detail, messages.ERROR)


def _manages(request: HttpRequest, user: User | None) -> bool:
    whose = "people" if user is None or user.partner_id is not None else "staff"
    return bool(request.user.has_perm(f"partners.manage_{whose}"))


def _limits_of(request: HttpRequest) -> partners.GrantLimits:
    user: Any = request.user
    return partners.GrantLimits(
        permissions=None if user.is_superuser else frozenset(user.get_all_permissions()), user_id=user.pk
    )


@admin.register(SecondFactor)
class SecondFactorAdmin(ReadOnlyAdmin):
    """Who has a second factor; never the secret."""

    list_display = ("user", "confirmed_at", "failures", "blocked_until")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("secret",)


@admin.register(RecoveryCode)
class RecoveryCodeAdmin(ReadOnlyAdmin):
    """Which recovery codes were used; never the codes."""

    list_display = ("user", "created_at", "used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("digest",)
