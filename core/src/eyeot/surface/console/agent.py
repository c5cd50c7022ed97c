"""Agent: one agent: made, named, bounded, and what it did."""

from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.console import words
from eyeot.surface.console.agents import PATH
from eyeot.surface.pages import Page, Visit, rights
from eyeot.surface.pages.refusals import said

NEW, ONE = f"{PATH}/new", f"{PATH}/{{id}}"
POLICIES = {
    "none": ("None", "Aucun"),
    "irreversible": ("Those that cannot be undone", "Ceux qui sont irréversibles"),
    "writes": ("Every change", "Toute modification"),
    "all": ("All", "Tous"),
}
_CALLS = 20


async def new(visit: Visit) -> Response:
    """The form for an agent, once its maker proved to be there."""
    visit.open_form("core.agent_client.create")
    return _form(visit)


def _form(visit: Visit, wrong: str | None = None) -> Response:
    return visit.page(
        "agent_new.html",
        status=422 if wrong else 200,
        agent={
            **{name: visit.given(name) for name in ("name", "vendor", "purpose")},
            "ceiling": _ceiling(visit) if visit.form else ["*"],
        },
        modules=_modules(visit),
        wrong=wrong,
    )


async def make(visit: Visit) -> Response:
    """Make an agent."""
    try:
        made = await visit.call("core.agent_client.create", **_given(visit))
    except Problem as refused:
        return _form(visit, said(visit, refused))
    return visit.go(f"{PATH}/{made['id']}", done="changed")


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
        modules=_modules(visit),
        policies=POLICIES,
        words=words,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


def _modules(visit: Visit) -> tuple[rights.ModuleRights, ...]:
    return rights.every(visit.engine.seen(visit.person), visit.language)


def _ceiling(visit: Visit) -> list[str]:
    return visit.chosen("ceiling") if visit.given("bounded") == "yes" else ["*"]


def _given(visit: Visit) -> dict[str, Any]:
    told = {name: visit.given(name) or None for name in ("purpose", "vendor")}
    return {"name": visit.given("name"), "ceiling": _ceiling(visit), **told}


def _policy(visit: Visit) -> dict[str, Any]:
    limits = {name: visit.given(name) for name in ("spend_limit", "daily_spend_limit")}
    given = {name: {"amount": one.replace(",", ".")} for name, one in limits.items() if one}
    return {"approval_policy": visit.given("approval_policy"), **given}


async def change(visit: Visit) -> Response:
    """Resume an agent, say which of its calls are to wait, or set its ceiling, purpose and name."""
    id = visit.request.path_params["id"]
    try:
        if visit.given("do") == "resume":
            await visit.call("core.agent_client.resume", id=id)
        elif visit.given("do") == "policy":
            await visit.call("core.agent_client.set_policy", id=id, **_policy(visit))
        else:
            await visit.call("core.agent_client.update", id=id, **_given(visit))
    except Problem as refused:
        return await _one(visit, said(visit, refused))
    return visit.go(f"{PATH}/{id}", done="changed")


PAGES = (
    Page(path=NEW, show=new, take=make),
    Page(path=ONE, show=one, take=change),
)
