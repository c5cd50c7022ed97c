"""Firm: the organisations, keys and shared records that the soak works with."""

import json
from dataclasses import dataclass, field
from uuid import UUID

from core.tests.outside.receiver import LOOPBACK, Receiver
from eyeot import app
from eyeot.deploy import migrate, roles
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.deploy.operator import Operator, open_organisation, register
from eyeot.runtime.outgoing import Outgoing
from eyeot.runtime.outside import Outside

SCOPES = [
    *("core:read", "core.job:write", "crm:read", "crm:write"),
    *("crm.party:import", "crm.party:write", "core.document:write"),
]
SHARED = 3
HOOKED = 3
"""Organisations whose events are sent on."""
SECRET = b"s" * 32
_EVENTS = ["crm.party.created", "crm.party.updated"]


@dataclass(frozen=True, slots=True)
class Key:
    """A credential of an agent (held to what it read) or of an integration."""

    org_id: UUID
    text: str
    agent: bool


@dataclass(slots=True)
class Firm:
    """What the clients work with."""

    keys: list[Key] = field(default_factory=list)
    shared: dict[UUID, list[str]] = field(default_factory=dict)
    """Parties that all clients of an organisation change."""
    hooked: dict[str, UUID] = field(default_factory=dict)
    """Organisations whose events are sent on, by the path they are sent to."""


async def furnish(
    server: EmbeddedPostgres, receiver: Receiver, organisations: int, clients: int
) -> Firm:
    """A migrated database with everybody in it."""
    catalogue = app.assemble()
    assert not catalogue.failures, catalogue.failures
    await migrate.upgrade(server.admin_url, catalogue.plugins)
    engine = await app.start(catalogue, server.url(roles.APP), server.url(roles.RELAY))
    engine.outside = Outside(secrets=lambda: (SECRET,), http=Outgoing(allowed=LOOPBACK))
    firm = Firm()
    try:
        known = {one.needs for one in catalogue.actions.values()}
        for number in range(organisations):
            operator = await open_organisation(
                engine, f"soak-{number}", legal_name=f"Soak {number} SAS"
            )
            if number < HOOKED:
                path = f"/{number}"
                given = {"url": receiver.url(path), "events": _EVENTS}
                await operator.call("core.webhook_endpoint.create", **given)
                firm.hooked[path] = operator.org_id
            firm.shared[operator.org_id] = [
                (await operator.call("crm.party.create", name=f"Shared {at}")).result["id"]
                for at in range(SHARED)
            ]
            owner = await register(
                operator, f"owner@soak-{number}.example", "Owner", ["owner"], None
            )
            scopes = [one for one in SCOPES if one in known]
            for at in range(number, clients, organisations):
                firm.keys.append(await _key(operator, owner.id, at, scopes))
    finally:
        await app.stop(engine)
    return firm


async def _key(operator: Operator, owner: str, at: int, scopes: list[str]) -> Key:
    # Every other one of an organisation's.
    agent = (at // 8) % 2 == 0
    made = await operator.call(
        "core.api_key.create",
        name=f"soak {at}",
        made_for="agent" if agent else "integration",
        scopes=scopes,
        owner_id=owner,
    )
    return Key(operator.org_id, made.result["key"], agent)


def write_settings(server: EmbeddedPostgres) -> dict[str, str]:
    """The environment by which servers find the database."""
    return {
        "EYEOT_DATABASE_URL": server.url(roles.APP),
        "EYEOT_DATABASE_RELAY_URL": server.url(roles.RELAY),
        "EYEOT_SECRET_KEYS": SECRET.decode(),
        "EYEOT_WEBHOOK_ALLOW": str(LOOPBACK[0]),
    }


def told(firm: Firm) -> str:
    """What was furnished, in a line."""
    agents = sum(one.agent for one in firm.keys)
    return json.dumps({"keys": len(firm.keys), "agents": agents, "organisations": len(firm.shared)})
