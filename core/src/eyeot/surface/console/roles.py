"""Roles: what each permits in words, who holds it, and the editor."""

from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.console import held
from eyeot.surface.console.wording import refusal
from eyeot.surface.pages import Page, Visit

PATH = "/console/roles"
NEW, COMPARE = f"{PATH}/new", f"{PATH}/compare"
_OWNER = "owner"


async def show(visit: Visit) -> Response:
    """Every role, and how many hold it."""
    return visit.page(
        "roles.html",
        roles=await visit.every("core.role.list", sort="name", archived="all"),
        holders=await _counts(visit),
        done=visit.request.query_params.get("done", ""),
    )


async def _counts(visit: Visit) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in (await visit.call("core.role.list_holders"))["items"]:
        counts[one["role_id"]] = counts.get(one["role_id"], 0) + 1
    return counts


async def one(visit: Visit) -> Response:
    """What a role permits, and who holds it."""
    return await _one(visit)


async def _one(visit: Visit, wrong: str = "") -> Response:
    id = visit.request.path_params["id"]
    role = await visit.call("core.role.get", id=id)
    return visit.page(
        "role.html",
        status=422 if wrong else 200,
        role=role,
        groups=held.groups(visit, _granted(role)),
        reaches=held.REACHES,
        holders=(await visit.call("core.role.list_holders", role_id=id))["items"],
        others=[
            other for other in await visit.every("core.role.list", sort="name") if other["id"] != id
        ],
        fixed=role["name"] == _OWNER,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


def _granted(role: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["permission"]: {"reach": one["reach"]} for one in role["permissions"]}


async def change(visit: Visit) -> Response:
    """Put a role away, or bring it back."""
    id = visit.request.path_params["id"]
    action = "core.role.restore" if visit.given("do") == "restore" else "core.role.archive"
    try:
        await visit.call(action, id=id)
    except Problem as refused:
        return await _one(visit, refusal(visit, action, refused))
    return visit.go(f"{PATH}/{id}", done=visit.given("do"))


async def edit(visit: Visit) -> Response:
    """The editor."""
    visit.open_form("core.role.update")
    return await _editor(
        visit, await visit.call("core.role.get", id=visit.request.path_params["id"])
    )


async def new(visit: Visit) -> Response:
    """The editor of a role that there is not yet; `from`: one whose permissions it starts with."""
    visit.open_form("core.role.create")
    start = visit.request.query_params.get("from", "")
    given = await visit.call("core.role.get", id=start) if start else {"permissions": []}
    return await _editor(visit, {"permissions": given["permissions"]})


async def _editor(visit: Visit, role: dict[str, Any], wrong: str = "") -> Response:
    return visit.page(
        "role_edit.html",
        status=422 if wrong else 200,
        role=role,
        groups=held.groups(visit, held.editable(visit, role["permissions"])),
        reaches=held.REACHES,
        wrong=wrong,
    )


async def save(visit: Visit) -> Response:
    """Keep what the editor says; what it does not show stays as it was."""
    id = visit.request.path_params.get("id", "")
    role = await visit.call("core.role.get", id=id) if id else {"permissions": []}
    asked = _asked(visit, role["permissions"])
    action = "core.role.update" if id else "core.role.create"
    kept: dict[str, Any] = {"id": id} if id else {}
    if id and visit.given("version").isdecimal():
        kept["expected_version"] = int(visit.given("version"))
    try:
        made = await visit.call(action, **kept, **asked)
    except Problem as refused:
        return await _editor(visit, {**role, **asked}, refusal(visit, action, refused))
    return visit.go(f"{PATH}/{made['id']}", done="saved")


def _asked(visit: Visit, before: list[dict[str, Any]]) -> dict[str, Any]:
    """A role as the form gives it."""
    shown = held.editable(visit, before)
    kept = [one for one in before if one["permission"] not in shown]
    given = [
        {"permission": name, "reach": visit.given(f"reach:{name}")}
        for name in shown
        if visit.given(f"reach:{name}") in held.REACHES
    ]
    return {
        "name": visit.given("name"),
        "description": visit.given("description") or None,
        "permissions": [*kept, *given],
    }


async def compare(visit: Visit) -> Response:
    """What one role permits and another does not."""
    pair = [visit.request.query_params.get(name, "") for name in ("a", "b")]
    if not all(pair):
        return visit.go(PATH)
    roles = [await visit.call("core.role.get", id=one) for one in pair]
    told = await visit.call("core.role.compare", role_a=pair[0], role_b=pair[1])
    parts = [
        held.groups(visit, {one["permission"]: {"reach": one["reach"]} for one in told[name]})
        for name in ("only_a", "only_b", "both")
    ]
    return visit.page("role_compare.html", roles=roles, parts=parts, reaches=held.REACHES)


PAGES = (
    Page(path=PATH, show=show),
    Page(path=NEW, show=new, take=save),
    Page(path=COMPARE, show=compare),
    Page(path=f"{PATH}/{{id}}", show=one, take=change),
    Page(path=f"{PATH}/{{id}}/edit", show=edit, take=save),
)
