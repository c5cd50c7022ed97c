"""Callers: from what the gate tells of a credential or a person to who calls, and what that permits."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eyeot.declare.access import Access, Reach
from eyeot.runtime.licensing import Licensing
from eyeot.runtime.policy import REACHES, Compiler, Grant, Policies, narrowed, within
from eyeot.runtime.request import Caller, Consent

_APPROVAL = {True: "irreversible", False: "none"}
"""The policy of a key for an agent, or of another, when no agent is named (design §5.7)."""


def caller_of(data: dict[str, Any], compiler: Compiler, licensing: Licensing) -> Caller:
    """The caller that the gate describes."""
    org_id = UUID(data["org_id"])
    agent = data.get("agent")
    return Caller(
        org_id=org_id,
        org_slug=data["org_slug"],
        org_name=data["org_name"],
        actor_type="agent" if data["made_for"] == "agent" else "service",
        actor=data["name"],
        access=access_of(data, compiler),
        user_id=UUID(data["user_id"]) if data.get("user_id") else None,
        team_ids=tuple(UUID(one) for one in data.get("team_ids") or ()),
        credential_id=UUID(data["key_id"]),
        via="key",
        locale=data.get("locale") or "fr",
        timezone=data.get("timezone") or "Europe/Paris",
        provenance=data.get("provenance") or ("enforce" if data["made_for"] == "agent" else "warn"),
        agent_id=UUID(agent["id"]) if agent else None,
        approval=agent["approval_policy"] if agent else _APPROVAL[data["made_for"] == "agent"],
        licence=licensing.standing(org_id, data.get("licence")),
    )


def access_of(data: dict[str, Any], compiler: Compiler) -> Access:
    """Compiled permissions: a key's role, narrowed to its scopes; its scopes when it has no role.

    A role that was archived leaves its keys nothing: scopes alone count only where no role was ever given.
    A role that was widened since gives a key no more than it did when a person gave it the role. Over all
    that stands the ceiling of the agent.
    """
    subject = f"key:{data['key_id']}"
    roles = data.get("roles") or []
    scopes = data.get("scopes") or []
    grants = [
        Grant(role["name"], one["permission"], one["reach"])
        for role in roles
        for one in role["permissions"]
    ]
    with_role = data.get("role_id") is not None
    if not with_role:
        grants += [Grant(subject, scope, "organisation") for scope in scopes]
    held = Policies(data["org_id"], subject, [role["name"] for role in roles], grants).held()
    if with_role and data.get("granted") is not None:
        given = {one["permission"]: REACHES[one["reach"]] for one in data["granted"]}
        held = within(held, given)
    if with_role and scopes:
        held = narrowed(held, scopes)
    if agent := data.get("agent"):
        held = narrowed(held, agent["ceiling"])
    return compiler.access(held, frozenset(data.get("disabled") or ()))


def app_of(data: dict[str, Any], compiler: Compiler, licensing: Licensing) -> Caller:
    """The app that the gate describes: in its person's name, and within what they let it do.

    Whatever the person may, today and no more; then the scopes, and over all the ceiling of the agent.
    """
    org_id, agent = UUID(data["org_id"]), data["agent"]
    disabled = frozenset(data.get("disabled") or ())
    held = narrowed(roles_held(data, f"grant:{data['grant_id']}"), agent["ceiling"])
    given = narrowed(held, data["scopes"])
    if data.get("narrowed") is not None:
        given = narrowed(given, data["narrowed"])
    consent = Consent(
        client=data["client_name"],
        client_id=data["client_id"],
        scopes=tuple(data["scopes"]),
        person=compiler.access(held, disabled),
    )
    return Caller(
        org_id=org_id,
        org_slug=data["org_slug"],
        org_name=data["org_name"],
        actor_type="agent",
        actor=data["client_name"],
        access=compiler.access(given, disabled),
        user_id=UUID(data["user_id"]),
        team_ids=tuple(UUID(one) for one in data.get("team_ids") or ()),
        credential_id=UUID(data["grant_id"]),
        via="oauth",
        locale=data.get("locale") or "fr",
        timezone=data.get("timezone") or "Europe/Paris",
        agent_id=UUID(agent["id"]),
        approval=agent["approval_policy"],
        licence=licensing.standing(org_id, data.get("licence")),
        consent=consent,
    )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works in an organisation, as a caller there."""

    caller: Caller
    signed_out_at: datetime | None
    """Sessions that began before this have ended there."""


def person_of(
    data: dict[str, Any], compiler: Compiler, licensing: Licensing, session_id: UUID
) -> Person:
    """The person that the gate describes, at the console."""
    org_id, out = UUID(data["org_id"]), data.get("signed_out_at")
    held = roles_held(data, f"user:{data['user_id']}")
    caller = Caller(
        org_id=org_id,
        org_slug=data["org_slug"],
        org_name=data["org_name"],
        actor_type="user",
        actor=data["name"],
        access=compiler.access(held, frozenset(data.get("disabled") or ())),
        user_id=UUID(data["user_id"]),
        team_ids=tuple(UUID(one) for one in data.get("team_ids") or ()),
        credential_id=session_id,
        via="console",
        locale=data.get("locale") or "fr",
        timezone=data.get("timezone") or "Europe/Paris",
        provenance="off",
        licence=licensing.standing(org_id, data.get("licence")),
    )
    return Person(caller, None if out is None else datetime.fromtimestamp(out, UTC))


def roles_held(data: dict[str, Any], subject: str) -> dict[str, Reach]:
    """What the roles that the gate tells of permit together."""
    roles = data.get("roles") or []
    grants = [
        Grant(role["name"], one["permission"], one["reach"])
        for role in roles
        for one in role["permissions"]
    ]
    return Policies(data["org_id"], subject, [role["name"] for role in roles], grants).held()
