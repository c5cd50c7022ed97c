"""Apps: one connected app: for whom it works, what it may do, what it did."""

from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.console import words
from eyeot.surface.console.days import day_of, last_moment
from eyeot.surface.console.people import names_of
from eyeot.surface.pages import Page, Visit, rights
from eyeot.surface.pages.refusals import said

PATH = "/console/apps/{id}"


async def show(visit: Visit) -> Response:
    """An app."""
    return await _one(visit)


async def _one(visit: Visit, wrong: str | None = None) -> Response:
    id = visit.request.path_params["id"]
    app = await visit.call("core.oauth_grant.get", id=id)
    return visit.page(
        "app.html",
        status=422 if wrong else 200,
        app=app,
        owner=(await names_of(visit, {app["owner_id"]})).get(app["owner_id"], ""),
        expires_day=day_of(visit, app.get("expires_at")),
        usage=await visit.call("core.oauth_grant.usage", id=id, days=30),
        modules=rights.of(visit.engine.seen(visit.person), visit.language, _shown(visit, app)),
        words=words,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


def _shown(visit: Visit, app: dict[str, Any]) -> set[str]:
    """What can be ticked: what it has, and for its own person whatever they hold themselves."""
    mine = app["owner_id"] == visit.own_id
    return {*app["scopes"], *(visit.person.access.permissions if mine else ())}


async def change(visit: Visit) -> Response:
    """Change what bounds it."""
    id = visit.request.path_params["id"]
    networks = visit.given("ip_allowlist").replace(",", " ").split()
    try:
        ends = await _ends(visit, id)
        await visit.call(
            "core.oauth_grant.update",
            id=id,
            scopes=visit.chosen("scopes"),
            ip_allowlist=networks,
            note=visit.given("note") or None,
            **ends,
        )
    except Problem as refused:
        return await _one(visit, said(visit, refused))
    return visit.go(PATH.format(id=id), done="changed")


async def _ends(visit: Visit, id: str) -> dict[str, Any]:
    """Another last day, if one was given: an app always has one, after which it asks its person again."""
    app = await visit.call("core.oauth_grant.get", id=id)
    until = last_moment(visit, "expires_on", "expires_at")
    if until is None or visit.given("expires_on") == day_of(visit, app.get("expires_at")):
        return {}
    return {"expires_at": until}


PAGES = (Page(path=PATH, show=show, take=change),)
