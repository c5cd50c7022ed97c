"""Agent: the one that a person's app counts as, so that a pause and a ceiling hold however it connects."""

import unicodedata
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot.declare.context import Context
from eyeot.declare.problem import Conflict
from eyeot.declare.record import records
from eyeot.platform.agents import AgentClient
from eyeot.platform.users import User

_LONGEST_NAME = 100
_MOST_NAMED = 50


def plain(name: str) -> str:
    """A name without what cannot be seen, so that two that look alike are the same."""
    kept = unicodedata.normalize("NFKC", name)
    seen = (one if unicodedata.category(one)[0] != "C" else " " for one in kept)
    return " ".join("".join(seen).split())


async def agent_for(ctx: Context, owner: UUID, client_id: str, client_name: str) -> UUID:
    """The agent of a person's app: the one it was connected as before, else a new one.

    An app is known by its id, or, since apps that register themselves get another each time, by its name.
    """
    before = await _before(ctx, owner, client_id, plain(client_name))
    gone = next((one for one in before if one["archived_at"] is not None), None)
    if gone:
        raise Conflict(
            reason=f"The agent '{gone['name']}', which is this app, was archived here, which is for good.",
            remedy="An administrator can make a key for another agent instead (core.api_key.create), to be"
            " put into the app; to stop one for a while, agents are paused, not archived.",
        )
    if before:
        # Of several, the one that was stopped: connecting anew is no way round a pause.
        found: UUID = min(before, key=lambda one: (one["status"] != "paused", one["name"]))["id"]
        return found
    return await _new(ctx, owner, plain(client_name))


async def _before(ctx: Context, owner: UUID, client_id: str, name: str) -> list[dict[str, Any]]:
    agent, grant = AgentClient.c, records["core.oauth_grant"].c
    connected = sa.select(grant.agent_id, grant.client_id, grant.client_name).where(
        grant.org_id == ctx.org_id, grant.owner_id == owner
    )
    known = {
        row["agent_id"]
        for row in await ctx.rows(connected)
        if row["client_id"] == client_id or plain(row["client_name"]).casefold() == name.casefold()
    }
    if not known:
        return []
    told = sa.select(agent.id, agent.name, agent.status, agent.archived_at)
    return await ctx.rows(told.where(agent.org_id == ctx.org_id, agent.id.in_(known)))


async def _new(ctx: Context, owner: UUID, name: str) -> UUID:
    person = await ctx.get(User, owner)
    base = f"{name} · {person.display_name}"[: _LONGEST_NAME - 5]
    agent = AgentClient.c
    named = sa.select(agent.name).where(agent.org_id == ctx.org_id, agent.name.startswith(base))
    taken = {row["name"] for row in await ctx.rows(named)}
    numbered = (base, *(f"{base} ({n})" for n in range(2, _MOST_NAMED)))
    free = next((one for one in numbered if one not in taken), None)
    if free is None:
        raise Conflict(
            reason=f"There are {_MOST_NAMED} agents called '{base}'.",
            remedy="An administrator can rename or archive some (core.agent_client.list).",
        )
    made = await ctx.add(AgentClient(name=free, vendor=name, owner_id=owner))
    return made.id
