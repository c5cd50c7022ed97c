"""Apps: one connected app: for whom it works, what it may do, what it did."""

from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.console import words
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
        await visit.call(
            "core.oauth_grant.update",
            id=id,
            scopes=visit.chosen("scopes"),
            ip_allowlist=networks,
        )
    except Problem as refused:
        return await _one(visit, said(visit, refused))
    return visit.go(PATH.format(id=id), done="changed")


PAGES = (Page(path=PATH, show=show, take=change),)
