"""Teams: who works together."""

from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.console.people import colleagues, names_of
from eyeot.surface.console.wording import refusal
from eyeot.surface.pages import Page, Visit

PATH = "/console/teams"
PURPOSES = {
    "sales": ("Sales", "Ventes"),
    "support": ("Support", "Assistance"),
    "hr": ("Human resources", "Ressources humaines"),
    "finance": ("Finance", "Finances"),
}


async def show(visit: Visit) -> Response:
    """Every team, with its members, and the form for another."""
    return await _list(visit)


async def _list(visit: Visit, wrong: str = "") -> Response:
    teams = await visit.every("core.team.list", sort="name", archived="all")
    leads = {one["lead_id"] for one in teams if one.get("lead_id")}
    return visit.page(
        "teams.html",
        status=422 if wrong else 200,
        teams=teams,
        names=await names_of(visit, leads),
        purposes=PURPOSES,
        colleagues=await colleagues(visit),
        wrong=wrong,
    )


async def make(visit: Visit) -> Response:
    """A new team."""
    try:
        made = await visit.call("core.team.create", **_given(visit))
    except Problem as refused:
        return await _list(visit, refusal(visit, "core.team.create", refused))
    return visit.go(f"{PATH}/{made['id']}", done="saved")


def _given(visit: Visit) -> dict[str, Any]:
    told: dict[str, Any] = {name: visit.given(name) or None for name in ("lead_id", "purpose")}
    return {"name": visit.given("name"), **told}


async def one(visit: Visit) -> Response:
    """One team and its members."""
    return await _one(visit)


async def _one(visit: Visit, wrong: str = "") -> Response:
    team = await visit.call("core.team.get", id=visit.request.path_params["id"])
    everybody = await colleagues(visit)
    return visit.page(
        "team.html",
        status=422 if wrong else 200,
        team=team,
        names=await names_of(visit, set(team["members"])),
        colleagues=everybody,
        others=[one for one in everybody if one["id"] not in team["members"]],
        purposes=PURPOSES,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


_DO = {
    "add": "core.team.add_member",
    "remove": "core.team.remove_member",
    "save": "core.team.update",
    "archive": "core.team.archive",
    "restore": "core.team.restore",
}


async def change(visit: Visit) -> Response:
    """Do one thing with a team, and show it again."""
    do, id = visit.given("do"), visit.request.path_params["id"]
    if do not in _DO:
        return await _one(visit)
    asked: dict[str, Any] = {"id": id}
    if do in ("add", "remove"):
        asked["user_id"] = visit.given("user")
    if do == "save":
        asked |= _given(visit)
    try:
        await visit.call(_DO[do], **asked)
    except Problem as refused:
        return await _one(visit, refusal(visit, _DO[do], refused))
    return visit.go(f"{PATH}/{id}", done=do)


PAGES = (
    Page(path=PATH, show=show, take=make),
    Page(path=f"{PATH}/{{id}}", show=one, take=change),
)
