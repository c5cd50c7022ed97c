"""Roles: who may touch which table in PostgreSQL; converged after every migration."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from eyeot.declare.schema import GLOBAL_TABLES, metadata
from eyeot.storage import tables as _framework  # noqa: F401 - its tables are secured too

OWNER, APP, RELAY, GATE = "eyeot_owner", "eyeot_app", "eyeot_relay", "eyeot_gate"
_TENANT = "org_id = NULLIF(current_setting('app.org_id', true), '')::uuid"
APPEND_ONLY = frozenset({"core_audit_event", "core_audit_subject", "core_sequence_number"})
_RELAY_WORKS = {
    "core_job": "SELECT, INSERT, UPDATE",
    "core_schedule": "SELECT, UPDATE",
    "core_plan": "SELECT, INSERT, DELETE",
    "core_idempotency": "SELECT, DELETE",
    "core_webhook_endpoint": "SELECT, UPDATE",
    "core_webhook_delivery": "SELECT, INSERT, UPDATE, DELETE",
    "core_mail": "SELECT, UPDATE, DELETE",
    "core_oauth_token": "SELECT, INSERT, UPDATE, DELETE",
    "core_oauth_grant": "SELECT, UPDATE (last_used_at)",
}
"""Taken across organisations; what jobs do runs as the application does."""
SEALS = frozenset({"core_audit_leaf", "core_audit_checkpoint"})
"""Written by the sealer, which is the relay's; the application only shows them."""
_IDENTITY = (
    "eyeot_session", "eyeot_recovery_code", "eyeot_link", "eyeot_attempt",
    "eyeot_oauth_client", "eyeot_oauth_code", "eyeot_oauth_device",
)  # fmt: skip
"""Of accounts and not of any organisation: the sign-in's, which no action reads or writes."""
_SEEN = "id, account_id, org_id, verified, signed_in_at, seen_at, expires_at, ip, user_agent"
_FACTOR = "totp_secret, totp_since, totp_step"
_GATE_READS = (
    "core_api_key", "core_role", "core_user", "core_user_role", "core_team_member", "core_organization",
    "core_module", "core_agent_client", "core_licence", "core_oauth_grant", "core_oauth_token",
    "core_invitation", "core_search_entry", "core_search_word",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Login:
    """A role's login and password, from the URL that will use it."""

    name: str
    password: str | None

    @classmethod
    def of(cls, url: str) -> "Login | None":
        """The login of a URL."""
        parts = urlsplit(url)
        if not parts.username:
            return None
        return cls(unquote(parts.username), unquote(parts.password) if parts.password else None)


def create_roles(app: Login | None, relay: Login | None) -> Iterator[str]:
    """Statements that make the four roles, and the logins that use two of them."""
    for name in (OWNER, APP, RELAY, GATE):
        yield f"""DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN
            CREATE ROLE {name} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
          END IF; END $$"""
    yield f"GRANT {OWNER} TO CURRENT_USER"
    # The owner hands functions to the gate, which needs membership while it does.
    yield f"GRANT {GATE} TO {OWNER}"
    for role, login in ((APP, app), (RELAY, relay)):
        yield from _login(role, login or Login(role, None))


def _login(role: str, login: Login) -> Iterator[str]:
    name = login.name.replace('"', '""')
    password = (login.password or "").replace("'", "''")
    with_password = f"PASSWORD '{password}'" if login.password else ""
    yield f"""DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name.replace("'", "''")}') THEN
        CREATE ROLE "{name}" NOSUPERUSER NOBYPASSRLS;
      END IF; END $$"""
    yield f'ALTER ROLE "{name}" LOGIN {with_password}'
    if name != role:
        yield f'GRANT {role} TO "{name}"'


def admit(*, migrating: bool) -> Iterator[str]:
    """Statements that let the roles into the schema.

    The gate may create there only while a migration hands it a function.
    """
    yield f"GRANT USAGE ON SCHEMA public TO {OWNER}, {APP}, {RELAY}, {GATE}"
    yield f"GRANT CREATE ON SCHEMA public TO {OWNER}"
    verb, to = ("GRANT", "TO") if migrating else ("REVOKE", "FROM")
    yield f"{verb} CREATE ON SCHEMA public {to} {GATE}"


def secure(tables: set[str]) -> Iterator[str]:
    """Statements that bind every tenant table to row-level security and give roles what they need."""
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {APP}, {RELAY}, {GATE}"
    yield f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, {RELAY}"
    yield f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {OWNER}, {APP}"
    # `serve` asks with this login whether the database is behind.
    yield f"GRANT SELECT ON alembic_version TO {APP}"
    yield f"GRANT SELECT ON eyeot_backup TO {RELAY}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON eyeot_rate TO {RELAY}"
    for table in metadata.sorted_tables:
        if table.name in tables - GLOBAL_TABLES:
            yield from _tenant(table.name)
    yield from _global()
    yield from _policy("core_outbox", "relay", RELAY, "ALL", "true")
    yield f"GRANT SELECT, UPDATE, DELETE ON core_outbox TO {RELAY}"
    for name, rights in _RELAY_WORKS.items():
        if name in tables:
            yield from _policy(name, "relay", RELAY, "ALL", "true")
            yield f"GRANT {rights} ON {name} TO {RELAY}"
    if "core_read" in tables:
        yield from _policy("core_read", "relay", RELAY, "ALL", "true")
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON core_read TO {RELAY}"
    yield f"GRANT EXECUTE ON FUNCTION eyeot_gate_paused(uuid, uuid), eyeot_gate_forget(uuid) TO {RELAY}"
    yield from _policy("core_search_word", "forget", GATE, "DELETE", "true")
    yield f"GRANT DELETE ON core_search_word TO {GATE}"
    yield from _policy("core_audit_event", "relay", RELAY, "ALL", "true")
    # Which events wait for their seal; what they tell is read as the application, one organisation at a time.
    yield f"GRANT INSERT, SELECT (org_id, id) ON core_audit_event TO {RELAY}"
    for name in sorted(SEALS):
        yield from _policy(name, "relay", RELAY, "ALL", "true")
        yield f"GRANT SELECT, INSERT ON {name} TO {RELAY}"
    for name in _GATE_READS:
        yield from _policy(name, "gate", GATE, "SELECT", "true")
        yield f"GRANT SELECT ON {name} TO {GATE}"
    # A clock that was set back does not revive a licence: the newest event's time is told, and no more.
    yield from _policy("core_audit_event", "gate", GATE, "SELECT", "true")
    yield f"GRANT SELECT (org_id, id, at) ON core_audit_event TO {GATE}"


def _global() -> Iterator[str]:
    every = ", ".join(("eyeot_organisation", *_IDENTITY))
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {every} TO {RELAY}"
    yield f"GRANT SELECT, INSERT, UPDATE ON eyeot_account, eyeot_module TO {RELAY}"
    yield f"GRANT SELECT ON eyeot_organisation, eyeot_module TO {GATE}"
    # What an administrator sees of sessions in the organisation, and that they may clear a lost factor there.
    yield f"GRANT SELECT ({_SEEN}) ON eyeot_session TO {GATE}"
    yield f"GRANT SELECT (id), UPDATE ({_FACTOR}) ON eyeot_account TO {GATE}"
    yield f"GRANT SELECT (account_id), DELETE ON eyeot_recovery_code TO {GATE}"
    yield f"GRANT SELECT ON eyeot_module TO {APP}"


def _tenant(name: str) -> Iterator[str]:
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield from _policy(name, "tenant", f"{APP}, {OWNER}", "ALL", _TENANT)
    rights = "SELECT, INSERT" if name in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
    rights = "SELECT" if name in SEALS else rights
    yield f"GRANT {rights} ON {name} TO {APP}"


def _policy(table: str, policy: str, role: str, command: str, condition: str) -> Iterator[str]:
    using = "" if command == "INSERT" else f" USING ({condition})"
    check = "" if command in ("SELECT", "DELETE") else f" WITH CHECK ({condition})"
    yield f"DROP POLICY IF EXISTS {policy} ON {table}"
    yield f"CREATE POLICY {policy} ON {table} FOR {command} TO {role}{using}{check}"


def run(connection: Any, statements: Iterator[str]) -> None:
    """Execute statements on a SQLAlchemy connection."""
    for text in statements:
        connection.exec_driver_sql(text)
