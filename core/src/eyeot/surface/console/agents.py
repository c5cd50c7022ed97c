"""Agents and apps: who works here by machine, with which keys and connections, and how each is cut."""

from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.console import words
from eyeot.surface.console.people import names_of
from eyeot.surface.pages import Page, Visit, rights
from eyeot.surface.pages.refusals import said

PATH = "/console/agents"
_CUT = ("Cut at the console", "Coupé depuis la console")
_CALLS = 20


async def show(visit: Visit) -> Response:
    """Agents, keys and connected apps."""
    return await _list(visit)


async def _list(visit: Visit, wrong: str | None = None) -> Response:
    agents = await visit.every("core.agent_client.list", sort="name")
    keys = await visit.every("core.api_key.list", sort="-created_at")
    apps = await visit.every("core.oauth_grant.list", sort="-created_at") if _apps(visit) else []
    owners = {one["owner_id"] for one in (*agents, *keys, *apps) if one.get("owner_id")}
    return visit.page(
        "agents.html",
        status=422 if wrong else 200,
        agents=agents,
        keys=keys,
        apps=apps,
        people=await names_of(visit, owners),
        agent_names={one["id"]: one["name"] for one in agents},
        words=words,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


def _apps(visit: Visit) -> bool:
    return visit.may("core.oauth_grant.list")


async def cut(visit: Visit) -> Response:
    """Stop an agent, a key or an app at once."""
    id = visit.request.path_params["id"]
    action, done = {
        "agents": ("core.agent_client.pause", "paused"),
        "keys": ("core.api_key.revoke", "revoked"),
        "apps": ("core.oauth_grant.revoke", "revoked"),
    }[visit.request.path_params["what"]]
    try:
        await visit.call(action, id=id, reason=visit.given("reason") or visit.say(*_CUT))
    except Problem as refused:
        return await _list(visit, said(visit, refused))
    return visit.go(PATH, done=done)


async def one(visit: Visit) -> Response:
    """An agent: its ceiling, and what it did."""
    return await _one(visit)


async def _one(visit: Visit, wrong: str | None = None) -> Response:
    id = visit.request.path_params["id"]
    agent = await visit.call("core.agent_client.get", id=id)
    calls: list[dict[str, Any]] = []
    if visit.may("core.agent_client.list_calls"):
        calls = (await visit.call("core.agent_client.list_calls", id=id, most=_CALLS))["items"]
    return visit.page(
        "agent.html",
        status=422 if wrong else 200,
        agent=agent,
        calls=calls,
        keys=await visit.every("core.api_key.list", agent_id=id),
        modules=rights.every(visit.engine.seen(visit.person), visit.language),
        words=words,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


async def change(visit: Visit) -> Response:
    """Resume an agent, or set its ceiling, purpose and name."""
    id = visit.request.path_params["id"]
    try:
        if visit.given("do") == "resume":
            await visit.call("core.agent_client.resume", id=id)
        else:
            bounded = visit.given("bounded") == "yes"
            ceiling = visit.chosen("ceiling") if bounded else ["*"]
            told: dict[str, Any] = {
                name: visit.given(name) or None for name in ("purpose", "vendor")
            }
            await visit.call(
                "core.agent_client.update", id=id, name=visit.given("name"), ceiling=ceiling, **told
            )
    except Problem as refused:
        return await _one(visit, said(visit, refused))
    return visit.go(f"{PATH}/{id}", done="changed")


PAGES = (
    Page(path=PATH, show=show),
    Page(path=f"{PATH}/{{id}}", show=one, take=change),
    Page(path="/console/{what:str}/{id}/cut", take=cut),
)
