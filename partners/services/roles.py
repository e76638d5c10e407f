"""What each role of our staff may do: one table, granted after every migration.

A role is a Django group, a permission Django's own; a person's roles add up, and a person may have extra permissions.
What partners' roles may do are scopes: `partners.queries.ROLE_SCOPES`.
"""

from fnmatch import fnmatchcase

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django_subatomic.db import transaction_if_not_already

PARTNER_ROLES = ("owner", "buyer", "developer", "viewer")
# Patterns over `app.codename`. The role admin is a superuser and needs none.
ROLE_PERMISSIONS: dict[str, tuple[str, ...]] = {
    "admin": (),
    "finance": (
        *("wallets.*", "partners.view_*", "orders.view_*", "catalog.view_*", "bamboo.view_*"),
        *("orders.run_reconciliation", "orders.resolve_difference"),
        *("orders.cancel_order", "orders.refund_card", "orders.review_purchase", "orders.control_supply"),
    ),
    "support": (
        *("orders.view_*", "partners.view_*", "catalog.view_*", "wallets.view_*", "bamboo.view_*"),
        *("orders.place_for_partner", "orders.cancel_order", "orders.retry_order", "orders.reveal_card"),
        *("orders.review_purchase", "orders.control_supply"),
        *("partners.manage_people", "partners.suspend_partner", "partners.change_partner", "partners.change_apikey"),
        "partners.change_webhookendpoint",
        *("partners.add_contact", "partners.change_contact", "partners.delete_contact"),
    ),
    "catalog": ("catalog.*", "partners.view_partner"),
    "auditor": ("*.view_*",),
}
STAFF_ROLES = tuple(ROLE_PERMISSIONS)


@transaction_if_not_already()
def grant_roles() -> None:
    """Bring the groups and their permissions to what the table says; repeating it changes nothing."""
    Group.objects.bulk_create([Group(name=name) for name in (*STAFF_ROLES, *PARTNER_ROLES)], ignore_conflicts=True)
    groups = dict(Group.objects.filter(name__in=STAFF_ROLES).values_list("name", "pk"))
    known = {f"{app}.{code}": pk for app, code, pk in _permissions()}
    wanted = {
        (groups[role], pk)
        for role, patterns in ROLE_PERMISSIONS.items()
        for name, pk in known.items()
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    }
    link = Group.permissions.through
    granted = {(row.group_id, row.permission_id): row.pk for row in link.objects.filter(group__in=groups.values())}
    link.objects.filter(pk__in=[pk for pair, pk in granted.items() if pair not in wanted]).delete()
    link.objects.bulk_create(
        [link(group_id=group, permission_id=pk) for group, pk in sorted(wanted - granted.keys())],
        ignore_conflicts=True,
    )


def staff_permissions() -> dict[str, set[str]]:
    """Return what each role of our staff may do by the table, for the permissions that the code declares."""
    declared = [
        f"{model._meta.app_label}.{code}"  # noqa: SLF001 - the documented way to a model's permissions
        for model in apps.get_models()
        for code in _codes_of(model)
    ]
    return {
        role: {name for name in declared if role == "admin" or any(fnmatchcase(name, each) for each in patterns)}
        for role, patterns in ROLE_PERMISSIONS.items()
    }


def _codes_of(model: type[Model]) -> list[str]:
    meta = model._meta  # noqa: SLF001 - as above
    own = [code for code, _ in meta.permissions]
    return own + [get_permission_codename(action, meta) for action in meta.default_permissions]


def _permissions() -> list[tuple[str, str, int]]:
    return list(Permission.objects.values_list("content_type__app_label", "codename", "pk"))
