"""Record: any record as it stands today, and all that happened to it."""

import json
from typing import Any

from starlette.responses import Response

from eyeot.declare import ids
from eyeot.declare.problem import NotFound
from eyeot.surface.console import words
from eyeot.surface.pages import Page, Visit

_LONGEST = 2_000


async def show(visit: Visit) -> Response:
    """A record of whatever kind, for who may read it."""
    id = visit.request.path_params["id"]
    kind = _kind(visit, id)
    found = await visit.call(f"{kind}.get", id=id)
    told: list[dict[str, Any]] = []
    if visit.may("core.audit_event.timeline"):
        told = (await visit.call("core.audit_event.timeline", record=id))["items"]
    return visit.page(
        "record.html",
        id=id,
        kind=words.of_record(visit, kind),
        fields=[(name, _text(value)) for name, value in found.items() if name != "id"],
        told=told,
        words=words,
    )


def _kind(visit: Visit, id: str) -> str:
    """The kind of record that an id names by its prefix."""
    found = ids.decode(id)
    for name, resource in visit.engine.installed.resources.items():
        if found and resource.record.meta.prefix == found[0] and visit.may(f"{name}.get"):
            return name
    raise NotFound(kind="record", id=id[:80], lookup="the activity log names records by their id")


def _text(value: Any) -> str:
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


PAGES = (Page(path="/console/records/{id}", show=show),)
