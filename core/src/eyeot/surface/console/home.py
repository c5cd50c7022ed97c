"""Home: what has happened lately, and what waits for somebody."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from eyeot.surface.console import words
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.rights import module_label

_FEW = 5


async def show(visit: Visit) -> Response:
    """Today and the week for who may see them, and the way to the rest."""
    return visit.page(
        "home.html",
        week=await _week(visit),
        refused=await _refused(visit),
        news=await _news(visit),
        licence=await visit.call("core.licence.check") if visit.may("core.licence.check") else None,
        modules=[
            module_label(visit.engine.installed, one.name, visit.language)
            for one in visit.engine.seen(visit.person).plugins
            if any(True for _ in one.resources())
        ],
        words=words,
    )


async def _week(visit: Visit) -> dict[str, int] | None:
    if not visit.may("core.audit_event.aggregate"):
        return None
    since = visit.engine.clock() - timedelta(days=7)
    told = await visit.call(
        "core.audit_event.aggregate",
        by=["outcome"],
        at_from=since.isoformat(),
        actor_type_in=["agent", "service"],
    )
    return {one["by"]["outcome"]: one["count"] for one in told["groups"]}


async def _refused(visit: Visit) -> list[dict[str, Any]]:
    """The last calls of agents that did not go through."""
    if not visit.may("core.audit_event.list"):
        return []
    told = await visit.call(
        "core.audit_event.list",
        limit=_FEW,
        outcome_in=["refused", "failed"],
        actor_type_in=["agent", "service"],
    )
    items: list[dict[str, Any]] = told["items"]
    return items


async def _news(visit: Visit) -> list[dict[str, Any]]:
    if not visit.may("core.notification.list"):
        return []
    told = await visit.call("core.notification.list", limit=_FEW, read_at_is_set=False)
    items: list[dict[str, Any]] = told["items"]
    return items


PAGES = (Page(path="/console/", show=show),)
