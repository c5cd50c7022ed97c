"""People: their names, where a page knows only who they are."""

from typing import Any

from eyeot.surface.pages import Visit


async def names_of(visit: Visit, wanted: set[str]) -> dict[str, str]:
    """Names by id, of colleagues that the person may see."""
    if not wanted or not visit.may("core.user.list"):
        own = visit.own_id
        return {own: visit.person.actor} if own in wanted and own else {}
    found = await visit.every("core.user.list", fields=["id", "display_name"])
    return {one["id"]: one["display_name"] for one in found if one["id"] in wanted}


async def colleagues(visit: Visit) -> list[dict[str, Any]]:
    """Who works here, to choose from."""
    if not visit.may("core.user.list"):
        return []
    asked: dict[str, Any] = {
        "status": "active",
        "sort": "display_name",
        "fields": ["id", "display_name"],
    }
    return await visit.every("core.user.list", **asked)
