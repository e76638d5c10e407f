"""What a partner's requests may touch in PostgreSQL: each table is a partner's own, shared, or closed to them.

After each migrate `isolate_partners` makes the database say so. It writes only what differs, so that a migrate without
a new table takes no lock. A table that is not named here is closed, which a test then complains of.

Each protected table has two policies: one lets every role see all, as before; the other, restrictive, takes from
`steller_partner` whatever is not the partner's. So roles other than the owner's keep working, too.
"""

import json
from dataclasses import dataclass

import structlog
from django.db import ProgrammingError, connection
from django_subatomic.db import transaction_if_not_already

from steller.isolation import ROLE

_log = structlog.get_logger(__name__)

ME = "NULLIF(current_setting('steller.partner_id', true), '')::bigint"
OWN = f"partner_id = {ME}"
OWN_OR_GENERAL = f"(partner_id IS NULL OR {OWN})"
# Few enough to be read once a statement.
OF_OWN_WALLET = f"wallet_id = ANY (ARRAY(SELECT mine.id FROM wallets_wallet mine WHERE mine.{OWN}))"
OF_OWN_PERSON = f"user_id = ANY (ARRAY(SELECT mine.id FROM partners_user mine WHERE mine.{OWN}))"
OF_OWN_LOG_IN = f"username = ANY (ARRAY(SELECT lower(mine.email) FROM partners_user mine WHERE mine.{OWN}))"
OF_OWN_FAILED_LOG_IN = f"access_attempt_id IN (SELECT mine.id FROM axes_accessattempt mine WHERE mine.{OF_OWN_LOG_IN})"
OF_OWN_ENDPOINT = f"endpoint_id = ANY (ARRAY(SELECT mine.id FROM partners_webhookendpoint mine WHERE mine.{OWN}))"
OF_OWN_LINE = f"EXISTS (SELECT FROM orders_orderitem mine WHERE mine.id = item_id AND mine.{OWN})"
OF_OWN_BULK = f"EXISTS (SELECT FROM orders_bulkorder mine WHERE mine.id = bulk_id AND mine.{OWN})"
OF_OWN_CART = f"EXISTS (SELECT FROM orders_cart mine WHERE mine.user_id = cart_id AND mine.{OF_OWN_PERSON})"


@dataclass(frozen=True, slots=True)
class Protected:
    """A table with rows of partners: which of them one sees, and what its requests do there."""

    rows: str
    privileges: str


PROTECTED = {
    "partners_partner": Protected(f"id = {ME}", "SELECT, UPDATE"),
    "partners_auditentry": Protected(OWN, "SELECT, INSERT"),
    "partners_email": Protected(OWN, "SELECT, INSERT"),
    "partners_event": Protected(OWN, "SELECT, INSERT"),
    "partners_requestnote": Protected(OWN, "SELECT"),
    "partners_apikey": Protected(OWN, "SELECT, INSERT, UPDATE"),
    "partners_notificationpreference": Protected(OWN, "SELECT, INSERT, UPDATE"),
    "partners_user": Protected(OWN, "SELECT, INSERT, UPDATE"),
    "partners_user_groups": Protected(OF_OWN_PERSON, "SELECT, INSERT, DELETE"),
    "partners_user_user_permissions": Protected(OF_OWN_PERSON, "SELECT, DELETE"),
    "partners_secondfactor": Protected(OF_OWN_PERSON, "SELECT, DELETE"),
    "partners_recoverycode": Protected(OF_OWN_PERSON, "SELECT, DELETE"),
    # Removing somebody of the team forgets the log-ins that failed.
    "axes_accessattempt": Protected(OF_OWN_LOG_IN, "SELECT, DELETE"),
    "axes_accessattemptexpiration": Protected(OF_OWN_FAILED_LOG_IN, "SELECT, DELETE"),
    "partners_webhookendpoint": Protected(OWN, "SELECT, INSERT, UPDATE"),
    "partners_webhookreplay": Protected(OF_OWN_ENDPOINT, "SELECT, INSERT"),
    "partners_webhookdelivery": Protected(OF_OWN_ENDPOINT, "SELECT"),
    "wallets_wallet": Protected(OWN, "SELECT, INSERT, UPDATE"),
    "wallets_hold": Protected(OF_OWN_WALLET, "SELECT, INSERT, UPDATE"),
    "wallets_walletentry": Protected(OF_OWN_WALLET, "SELECT, INSERT"),
    "wallets_topup": Protected(OF_OWN_WALLET, "SELECT, INSERT"),
    "catalog_commissionrule": Protected(OWN_OR_GENERAL, "SELECT"),
    "catalog_catalogrule": Protected(OWN_OR_GENERAL, "SELECT"),
    "orders_cart": Protected(OF_OWN_PERSON, "SELECT, INSERT, UPDATE"),
    "orders_cartline": Protected(OF_OWN_CART, "SELECT, INSERT, UPDATE, DELETE"),
    "orders_bulkorder": Protected(OWN, "SELECT, INSERT, UPDATE"),
    "orders_bulkpart": Protected(OF_OWN_BULK, "SELECT, INSERT, UPDATE"),
    "orders_bulkrow": Protected(OF_OWN_BULK, "SELECT, INSERT, UPDATE"),
    "orders_card": Protected(OF_OWN_LINE, "SELECT"),
    "orders_orderitem": Protected(OWN, "SELECT, INSERT, UPDATE"),
    # The last one: the role is taken only once this table is open to it.
    "orders_order": Protected(OWN, "SELECT, INSERT, UPDATE"),
}
# Read by everybody alike, written by no partner.
SHARED = (
    "auth_group",
    "auth_permission",
    "bamboo_account",
    "catalog_brand",
    "catalog_brand_categories",
    "catalog_category",
    "catalog_country",
    "catalog_product",
    "catalog_productprice",
    "catalog_revision",
    "django_content_type",
    "wallets_currency",
    "wallets_exchangerate",
)
# None of a partner's requests needs these: what we bought and how, our staff's work, sessions and log-ins.
CLOSED = (
    "auth_group_permissions",
    "axes_accessfailurelog",
    "axes_accesslog",
    "bamboo_limiter",
    "bamboo_producthint",
    "bamboo_receivedcallback",
    "catalog_rawpage",
    "catalog_syncrun",
    "django_admin_log",
    "django_session",
    "orders_cardrefund",
    "orders_partnerturn",
    "orders_productslot",
    "orders_purchase",
    "orders_purchaseattempt",
    "orders_reconciliation",
    "orders_reconciliationdifference",
    "orders_reconciliationdifference_runs",
    "orders_reconciliationfigure",
    "orders_reportexport",
    "orders_reportexportpart",
    "orders_soloproduct",
    "orders_suppliertransaction",
    "partners_contact",
    "token_blacklist_blacklistedtoken",
    "token_blacklist_outstandingtoken",
    "wallets_adjustment",
    "wallets_ratechange",
)
_EVERYBODY, _PARTNERS = "everybody_sees_all", "partners_see_their_own"


def isolate_partners() -> None:
    """Make the role, the policies and the grants what this module says; without the role leave all as it is."""
    if not _role_is_there():
        _log.warning("partners_not_isolated", role=ROLE, hint="see PostgreSQL in docs/operations.md")
        return
    for statements in changes():
        # One transaction for each table: none is locked while another one is waited for.
        with transaction_if_not_already(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def changes() -> list[list[str]]:
    """Return what is left to do, a list of statements for each table; none when all is as it should be."""
    tables = _tables()
    found = []
    for name in (name for name in (*CLOSED, *SHARED, *PROTECTED) if name in tables):
        privileges = PROTECTED[name].privileges if name in PROTECTED else "SELECT" if name in SHARED else ""
        found.append([*_policy_changes(name, tables[name]), *_grant_changes(name, tables[name], privileges)])
    return [statements for statements in found if statements]


def _role_is_there() -> bool:
    """Make the role and take it, as far as our own one may."""
    try:
        with transaction_if_not_already(), connection.cursor() as cursor:
            cursor.execute("SELECT to_regrole(%s) IS NULL", [ROLE])
            if cursor.fetchone()[0]:
                cursor.execute(f"CREATE ROLE {ROLE} NOLOGIN")
            cursor.execute("SELECT pg_has_role(session_user, %s, 'SET')", [ROLE])
            if not cursor.fetchone()[0]:
                cursor.execute(f"GRANT {ROLE} TO SESSION_USER WITH INHERIT FALSE, SET TRUE")
    except ProgrammingError as refusal:
        _log.warning("role_not_made", role=ROLE, error=str(refusal).strip())
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regrole(%s) IS NOT NULL", [ROLE])
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class _Table:
    """A table as the database has it."""

    is_secured: bool
    # Of the two policies, what they were made from.
    policies: dict[str, str]
    privileges: frozenset[str]


_READ_TABLES = """
SELECT relname, relrowsecurity,
       (SELECT coalesce(jsonb_object_agg(polname, obj_description(oid, 'pg_policy')), '{}')
        FROM pg_policy WHERE polrelid = class.oid),
       ARRAY(SELECT privilege_type FROM aclexplode(relacl) WHERE grantee = to_regrole(%s))
FROM pg_class class
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""


def _tables() -> dict[str, _Table]:
    with connection.cursor() as cursor:
        cursor.execute(_READ_TABLES, [ROLE])
        return {name: _Table(row[0], json.loads(row[1]), frozenset(row[2])) for name, *row in cursor.fetchall()}


def _policy_changes(name: str, table: _Table) -> list[str]:
    if name not in PROTECTED:
        return [f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"] if table.is_secured else []
    wanted = {
        _EVERYBODY: ("AS PERMISSIVE FOR ALL TO PUBLIC", "true"),
        _PARTNERS: (f"AS RESTRICTIVE FOR ALL TO {ROLE}", PROTECTED[name].rows),
    }
    changes = []
    for policy, (kind, rows) in wanted.items():
        if table.policies.get(policy) != rows:
            text = rows.replace("'", "''")
            changes += [
                f"DROP POLICY IF EXISTS {policy} ON {name}",
                f"CREATE POLICY {policy} ON {name} {kind} USING ({rows})",
                f"COMMENT ON POLICY {policy} ON {name} IS '{text}'",
            ]
    if not table.is_secured:
        changes.append(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    return changes


def _grant_changes(name: str, table: _Table, privileges: str) -> list[str]:
    wanted = frozenset(privileges.split(", ")) - {""}
    changes = []
    if name == "orders_order" and wanted - table.privileges:
        changes.append(f"GRANT USAGE ON SEQUENCE orders_order_number TO {ROLE}")
    if surplus := table.privileges - wanted:
        changes.append(f"REVOKE {', '.join(sorted(surplus))} ON {name} FROM {ROLE}")
    if missing := wanted - table.privileges:
        changes.append(f"GRANT {', '.join(sorted(missing))} ON {name} TO {ROLE}")
    return changes
