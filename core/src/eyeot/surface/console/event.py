"""Event: one call in full: who, with what, what was asked, what changed, and the way back."""

import json
from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.console import words
from eyeot.surface.console.activity import PATH
from eyeot.surface.console.credentials import credentials
from eyeot.surface.console.people import names_of
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.refusals import said

_UNDO = "core.agent_client.undo_last"
_LONGEST = 300


async def show(visit: Visit) -> Response:
    """A call."""
    return await _shown(visit)


async def undo(visit: Visit) -> Response:
    """Show what taking back a whole request would do; do it once that was seen."""
    event = await _event(visit)
    agent = (await credentials(visit)).get(event.get("credential_id", ""))
    if agent is None or agent.agent_id is None or not event.get("trace_id"):
        return await _shown(visit)
    given = {"id": agent.agent_id, "correlation_id": event["trace_id"]}
    plan = visit.given("plan_token")
    try:
        if plan:
            await visit.call(_UNDO, **given, plan_token=plan)
            return visit.go(f"{PATH}/{event['id']}", done="undone")
        preview = await visit.call(_UNDO, dry_run=True, **given)
    except Problem as refused:
        return await _shown(visit, wrong=said(visit, refused))
    return await _shown(visit, preview=preview)


async def _event(visit: Visit) -> dict[str, Any]:
    return await visit.call("core.audit_event.get", id=visit.request.path_params["id"])


async def _shown(visit: Visit, **more: Any) -> Response:
    event = await _event(visit)
    people = await names_of(visit, {event["user_id"]} if event.get("user_id") else set())
    known = (await credentials(visit)).get(event.get("credential_id", ""))
    together: list[dict[str, Any]] = []
    if event.get("trace_id"):
        found = await visit.call(
            "core.audit_event.by_correlation", correlation_id=event["trace_id"]
        )
        together = [one for one in found["items"] if one["id"] != event["id"]]
    changes = [_change(visit, one) for one in event.get("changes") or ()]
    undoable = bool(changes and known and known.agent_id and event.get("trace_id"))
    return visit.page(
        "event.html",
        event=event,
        what=words.of_action(visit, event["action"]),
        at=words.moment(visit, event["at"], seconds=True),
        whom=people.get(event.get("user_id", "")),
        used=known,
        asked=_lines(event.get("input")),
        changes=changes,
        together=together,
        words=words,
        undoable=undoable and visit.may(_UNDO),
        undone=visit.request.query_params.get("done") == "undone",
        **{"preview": None, "wrong": None, **more},
    )


def _change(visit: Visit, change: dict[str, Any]) -> dict[str, Any]:
    """A changed record: its fields before and after."""
    fields = [
        {"name": name, "before": _text(one.get("before")), "after": _text(one.get("after"))}
        for name, one in change.get("fields", {}).items()
        if name not in ("id", "version", "created_at", "updated_at")
        and one.get("before") != one.get("after")
        and not (one.get("before") is None and one.get("after") in ([], {}))
    ]
    named = change.get("fields", {}).get("id", {})
    return {
        "kind": words.of_record(visit, change["type"]),
        "id": named.get("after") or named.get("before") or change["id"],
        "operation": visit.say(*words.OPERATIONS[change["operation"]]),
        "fields": fields,
    }


def _lines(asked: dict[str, Any] | None) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in (asked or {}).items()]


def _text(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


PAGES = (
    Page(path=f"{PATH}/{{id}}", show=show),
    Page(path=f"{PATH}/{{id}}/undo", take=undo),
)
