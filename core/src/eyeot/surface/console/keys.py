"""Keys: made, shown once, narrowed, given a new secret, and cut."""

from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.console import words
from eyeot.surface.console.days import day_of, last_moment
from eyeot.surface.console.people import colleagues
from eyeot.surface.pages import Page, Visit, rights
from eyeot.surface.pages.refusals import said

PATH = "/console/keys"
NEW = f"{PATH}/new"


async def new(visit: Visit) -> Response:
    """The form for a key, once its maker proved to be there: what is filled in shall not be lost to that."""
    visit.open_form("core.api_key.create")
    return await _form(visit)


async def _form(visit: Visit, wrong: str | None = None) -> Response:
    held = visit.person.access.permissions
    seen = visit.engine.seen(visit.person)
    return visit.page(
        "key_new.html",
        status=422 if wrong else 200,
        modules=rights.of(seen, visit.language, held),
        agents=await visit.every("core.agent_client.list", sort="name"),
        colleagues=await colleagues(visit),
        asked=visit,
        wrong=wrong,
    )


async def make(visit: Visit) -> Response:
    """Make a key; its secret is on the page that answers, and nowhere else."""
    try:
        asked = {**_limits(visit), "name": visit.given("name"), "made_for": visit.given("made_for")}
        if visit.given("owner_id"):
            asked["owner_id"] = visit.given("owner_id")
        if visit.given("agent_id") and asked["made_for"] == "agent":
            asked["agent_id"] = visit.given("agent_id")
        made = await visit.call("core.api_key.create", **asked)
    except Problem as refused:
        return await _form(visit, said(visit, refused))
    return visit.page("key_made.html", made=made, endpoint=_endpoint(visit), rotated=False)


def _limits(visit: Visit) -> dict[str, Any]:
    """What bounds a key, as a form gives it."""
    return {
        "scopes": visit.chosen("scopes"),
        "expires_at": last_moment(visit, "expires_on", "expires_at"),
        "ip_allowlist": visit.given("ip_allowlist").replace(",", " ").split(),
    }


def _endpoint(visit: Visit) -> str:
    return f"{visit.engine.public_url}/api/v1/mcp"


async def one(visit: Visit) -> Response:
    """A key, what it may do and what it did."""
    return await _one(visit)


async def _one(visit: Visit, wrong: str | None = None) -> Response:
    id = visit.request.path_params["id"]
    key = await visit.call("core.api_key.get", id=id)
    seen = visit.engine.seen(visit.person)
    shown = {*visit.person.access.permissions, *key["scopes"]}
    return visit.page(
        "key.html",
        status=422 if wrong else 200,
        key=key,
        usage=await visit.call("core.api_key.usage", id=id, days=30),
        modules=rights.of(seen, visit.language, shown),
        expires_day=day_of(visit, key.get("expires_at")),
        words=words,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


async def change(visit: Visit) -> Response:
    """Change what bounds a key, or give it a new secret."""
    id = visit.request.path_params["id"]
    try:
        if visit.given("do") == "rotate":
            hours = visit.given("overlap_hours")
            overlap = int(hours) if hours.isdecimal() else 24
            made = await visit.call("core.api_key.rotate", id=id, overlap_hours=overlap)
            return visit.page("key_made.html", made=made, endpoint=_endpoint(visit), rotated=True)
        await visit.call("core.api_key.update", id=id, name=visit.given("name"), **_limits(visit))
    except Problem as refused:
        return await _one(visit, said(visit, refused))
    return visit.go(f"{PATH}/{id}", done="changed")


PAGES = (
    Page(path=NEW, show=new, take=make),
    Page(path=f"{PATH}/{{id}}", show=one, take=change),
)
