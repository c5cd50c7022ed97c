"""Agents and apps: who works here by machine, with which keys and connections, and how each is cut."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import NotFound, PermissionDenied, Problem
from eyeot.surface.console import words
from eyeot.surface.console.people import names_of
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.refusals import said

PATH = "/console/agents"
_CUT = ("Cut at the console", "Coupé depuis la console")
_ACTIONS = {
    "agents": ("core.agent_client.pause", "paused"),
    "keys": ("core.api_key.revoke", "revoked"),
    "apps": ("core.oauth_grant.revoke", "revoked"),
}


@dataclass(frozen=True, slots=True)
class App:
    """An app of one person, with its connections: one for each time that it was let in."""

    connections: tuple[dict[str, Any], ...]

    @property
    def newest(self) -> dict[str, Any]:
        """What stands for the others: one that works, if any does."""
        return next(iter(self.active), self.connections[0])

    @property
    def active(self) -> tuple[dict[str, Any], ...]:
        """Those that work."""
        return tuple(one for one in self.connections if one["status"] == "active")


async def show(visit: Visit) -> Response:
    """Agents, keys and connected apps, as far as the reader may see them."""
    return await _list(visit)


async def _list(visit: Visit, wrong: str | None = None) -> Response:
    sees = {name: visit.may(f"core.{name}.list") for name in ("agent_client", "api_key")}
    # Whoever may see none of the three is told so, as everywhere.
    agents = await _every(visit, "core.agent_client.list", "name", asked=sees["agent_client"])
    keys = await _every(visit, "core.api_key.list", "-created_at", asked=sees["api_key"])
    asked = visit.may("core.oauth_grant.list") or not any(sees.values())
    grants = await _every(visit, "core.oauth_grant.list", "-created_at", asked=asked)
    owners = {one["owner_id"] for one in (*agents, *keys, *grants) if one.get("owner_id")}
    return visit.page(
        "agents.html",
        status=422 if wrong else 200,
        sees=sees,
        agents=agents,
        keys=keys,
        apps=together(grants),
        people=await names_of(visit, owners),
        agent_names={one["id"]: one["name"] for one in agents},
        words=words,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


async def _every(visit: Visit, action: str, sort: str, *, asked: bool) -> list[dict[str, Any]]:
    return await visit.every(action, sort=sort) if asked else []


def together(grants: Iterable[dict[str, Any]]) -> list[App]:
    """Connections of the same app by the same person as one; in the order of the first of each."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in grants:
        found.setdefault((one["owner_id"], one["client_id"]), []).append(one)
    return [App(tuple(same)) for same in found.values()]


async def cut(visit: Visit) -> Response:
    """Stop an agent, a key or an app at once; an app in every place where it is connected, if asked."""
    what, id = visit.request.path_params["what"], visit.request.path_params["id"]
    if what not in _ACTIONS:
        raise NotFound(kind="page", id=what[:80])
    action, done = _ACTIONS[what]
    reason = visit.given("reason") or visit.say(*_CUT)
    try:
        for one in await _meant(visit, what, id):
            await visit.call(action, id=one, reason=reason)
    except PermissionDenied:
        raise
    except Problem as refused:
        return await _list(visit, said(visit, refused))
    return visit.go(PATH, done=done)


async def _meant(visit: Visit, what: str, id: str) -> list[str]:
    """What is to be cut: one, or every connection of an app."""
    if what != "apps" or visit.given("all") != "yes":
        return [id]
    app = await visit.call("core.oauth_grant.get", id=id)
    same = await visit.every("core.oauth_grant.list", owner_id=app["owner_id"], status="active")
    return [one["id"] for one in same if one["client_id"] == app["client_id"]]


PAGES = (
    Page(path=PATH, show=show),
    Page(path="/console/{what:str}/{id}/cut", take=cut),
)
