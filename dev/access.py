"""Who may do what over HTTP, found out by asking the code, and written as tables into `docs/api.md` (`make tables`).

Each endpoint is called as somebody who may do nothing: its refusal names the scope or the permission that it needs.
An endpoint that does anything before it asks for the right is found out here, too: nothing answers but a refusal.
"""

import os
import re
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")
    django.setup()

from django.urls import URLResolver, get_resolver
from rest_framework.permissions import AllowAny
from rest_framework.test import APIRequestFactory, force_authenticate

from partners.authentication import Caller, IsPartner, IsStaff, IsUser, StaffCaller
from partners.queries import ROLE_SCOPES, Scope
from partners.services import PARTNER_ROLES, STAFF_ROLES, staff_permissions
from steller.database import Mode

PAGE = Path(__file__).resolve().parent.parent / "docs" / "api.md"
_METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = r"<(?:(\w+):)?(\w+)>"
_MADE_UP = {"uuid": str(uuid.UUID(int=0))}
_NEEDED = re.compile(r"This needs the (?:scope|permission) `([\w.]+)`")
# What every partner's key and person may do, whatever its scopes.
_FREE = {"GET /api/partner/me"}
_CALLERS = {AllowAny: "anyone", IsPartner: "partner", IsStaff: "staff", IsUser: "person"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one address, who may call it at all, and what right it needs; none: everybody of those."""

    method: str
    path: str
    caller: str
    needs: str
    # The address with made-up ids.
    url: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def endpoints() -> Iterator[Endpoint]:
    """Find every endpoint of the API."""
    for route, view in _views(get_resolver(), "/"):
        for method in (name for name in _METHODS if hasattr(view, name)):
            yield _endpoint(view, method, route)


def _views(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _views(pattern, route)
        elif view := getattr(pattern.callback, "cls", None):
            yield route, view


def _endpoint(view: Any, method: str, route: str) -> Endpoint:
    path = re.sub(_PARAMETER, r"{\2}", route)
    caller = next((name for kind, name in _CALLERS.items() if kind in view.permission_classes), None)
    if caller is None:
        raise LookupError(f"{path}: its permission classes do not say who may call it")
    is_free = caller not in {"partner", "staff"} or f"{method.upper()} {path}" in _FREE
    ids = {name: _MADE_UP.get(kind, "0") for kind, name in re.findall(_PARAMETER, route)}
    needs = "" if is_free else _needs(view, method, path, caller, ids)
    return Endpoint(method.upper(), path, caller, needs, url=path.format(**ids))


def _needs(view: Any, method: str, path: str, caller: str, ids: Mapping[str, str]) -> str:
    request = getattr(APIRequestFactory(), method)(path, {} if method == "get" else None, format=None)
    user: Any = _Nobody()
    token: Any = _staff(user) if caller == "staff" else _NO_CALLER
    force_authenticate(request, user=user, token=token)
    answer = view.as_view()(request, **ids)
    needed = _NEEDED.search(str(getattr(answer, "data", "")))
    if needed is None:
        raise LookupError(f"{method.upper()} {path} does not ask for a right before anything else")
    return needed[1]


class _Nobody:
    """Stands in for one of our staff without any right: has no row, and the real one asks the database."""

    pk = None
    is_authenticated = True
    is_superuser = False

    def has_perm(self, _permission: str) -> bool:
        return False


_NO_CALLER = Caller(partner_id=0, actor="user:0", mode=Mode.LIVE, is_suspended=False, scopes=frozenset())


def _staff(user: Any) -> StaffCaller:
    return StaffCaller(user_id=0, actor="user:0", address=None, reference_id="", user=user)


def tables() -> Mapping[str, str]:
    """Write the tables, by the name that marks their place in the page."""
    found = list(endpoints())
    staff = staff_permissions()
    asked = sorted({each.needs for each in found if each.caller == "staff" and each.needs})
    return {
        "partner-roles": _matrix(
            "Scope",
            PARTNER_ROLES,
            {scope.value: [scope in ROLE_SCOPES[role] for role in PARTNER_ROLES] for scope in Scope},
        ),
        "staff-roles": _matrix(
            "Permission", STAFF_ROLES, {name: [name in staff[role] for role in STAFF_ROLES] for name in asked}
        ),
        "endpoints": "\n".join(
            [
                "| Endpoint | Who | Needs |",
                "| --- | --- | --- |",
                *(f"| `{each}` | {each.caller} | {f'`{each.needs}`' if each.needs else ''} |" for each in found),
            ]
        ),
    }


def _matrix(title: str, columns: Iterable[str], rows: Mapping[str, list[bool]]) -> str:
    names = list(columns)
    lines = [f"| {title} | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    return "\n".join(
        [
            *lines,
            *(f"| `{name}` | {' | '.join('yes' if each else '' for each in cells)} |" for name, cells in rows.items()),
        ]
    )


def with_tables(text: str) -> str:
    """Put the tables into a page, between the marks that name them."""
    for name, table in tables().items():
        begin, end = f"<!-- {name}: made by `make tables` -->", f"<!-- end of {name} -->"
        if begin not in text:
            raise LookupError(f"the page has no place for the table {name}")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
    print(f"{PAGE.name} has the tables of {len(list(endpoints()))} endpoints.", file=sys.stderr)
