"""Modules: what is installed, and whether this organisation uses it."""

from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.pages import Page, Visit, rights
from eyeot.surface.pages.refusals import said

PATH = "/console/modules"


async def show(visit: Visit) -> Response:
    """Every module, with a switch."""
    return await _list(visit)


async def _list(visit: Visit, wrong: str | None = None) -> Response:
    installed = visit.engine.installed
    found = await visit.every("core.module.list", sort="name")
    actions = [one.module for one in installed.actions.values()]
    docs = {one.name: one for one in installed.plugins}
    rows: list[dict[str, Any]] = [
        {
            **one,
            "label": rights.module_label(installed, one["name"], visit.language),
            "here": one["name"] in docs,
            "actions": actions.count(one["name"]),
        }
        for one in found
    ]
    return visit.page(
        "modules.html",
        status=422 if wrong else 200,
        rows=rows,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


async def switch(visit: Visit) -> Response:
    """Take a module into use, or out of it; its data stays."""
    on = visit.given("use") == "yes"
    try:
        await visit.call(
            "core.module.enable" if on else "core.module.disable",
            id=visit.request.path_params["id"],
        )
    except Problem as refused:
        return await _list(visit, said(visit, refused))
    return visit.go(PATH, done="on" if on else "off")


PAGES = (
    Page(path=PATH, show=show),
    Page(path=f"{PATH}/{{id}}", take=switch),
)
