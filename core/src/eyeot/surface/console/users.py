"""Users: who works here, what they may do and why, and how they come and go."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.console import held, words
from eyeot.surface.console.account import device
from eyeot.surface.console.days import last_moment
from eyeot.surface.console.people import colleagues
from eyeot.surface.console.wording import refusal
from eyeot.surface.pages import Page, Visit

PATH = "/console/users"
NEW = f"{PATH}/new"
STATES = {
    "active": ("Works here", "En poste", "good"),
    "invited": ("Invited", "Invité", "warn"),
    "suspended": ("Suspended", "Suspendu", "bad"),
    "deactivated": ("Gone", "Parti", ""),
}
"""State: English, French, and how it is marked."""


async def show(visit: Visit) -> Response:
    """Everybody, with state, roles, last sign-in and second factor."""
    status = visit.request.query_params.get("status", "")
    asked: dict[str, Any] = {"status": status} if status in STATES else {}
    users = await visit.every("core.user.list", sort="display_name", **asked)
    if not asked:
        users = [one for one in users if one["status"] != "deactivated"]
    roles: dict[str, list[str]] = {}
    for one in (await visit.call("core.role.list_holders"))["items"]:
        roles.setdefault(one["user_id"], []).append(one["role"])
    return visit.page(
        "users.html",
        users=users,
        roles=roles,
        states=STATES,
        chosen=status,
        words=words,
        done=visit.request.query_params.get("done", ""),
    )


async def new(visit: Visit) -> Response:
    """The form for an invitation."""
    visit.open_form("core.user.invite")
    return await _form(visit)


async def _form(visit: Visit, wrong: str = "") -> Response:
    every = await visit.every("core.role.list", sort="name")
    return visit.page(
        "user_new.html",
        status=422 if wrong else 200,
        roles=[one for one in every if held.givable(visit, one)],
        chosen=visit.chosen("role"),
        asked=visit,
        wrong=wrong,
        mails=visit.engine.outside.sends_mail,
    )


async def invite(visit: Visit) -> Response:
    """Invite somebody; where no mail is sent, their link is on the page that answers, and nowhere else."""
    asked: dict[str, Any] = {
        name: visit.given(name) for name in ("email", "display_name", "locale")
    }
    try:
        made = await visit.call("core.user.invite", role_ids=visit.chosen("role"), **asked)
    except Problem as refused:
        return await _form(visit, refusal(visit, "core.user.invite", refused))
    return _linked(visit, made, asked["display_name"])


def _linked(visit: Visit, made: dict[str, Any], name: str) -> Response:
    if made.get("link"):
        return visit.page("invited.html", made=made, name=name, words=words)
    return visit.go(f"{PATH}/{made['id']}", done="mailed")


async def one(visit: Visit) -> Response:
    """One person."""
    return await _one(visit)


async def _one(visit: Visit, wrong: str = "") -> Response:
    id = visit.request.path_params["id"]
    user = await visit.call("core.user.get", id=id)
    holds = (await visit.call("core.role.list_holders", user_id=id))["items"]
    every = await visit.every("core.role.list", sort="name")
    has = {one["role_id"] for one in holds}
    may_see = visit.may("core.user.list_sessions")
    found = await visit.call("core.user.list_sessions", id=id) if may_see else {"sessions": []}
    return visit.page(
        "user.html",
        status=422 if wrong else 200,
        user=user,
        state=STATES[user["status"]],
        holds=holds,
        roles=[one for one in every if one["id"] not in has and held.givable(visit, one)],
        groups=await _permissions(visit, id),
        reaches=held.REACHES,
        sessions=found["sessions"],
        teams=[one for one in await visit.every("core.team.list") if id in one["members"]],
        colleagues=[one for one in await colleagues(visit) if one["id"] != id],
        device=device,
        words=words,
        wrong=wrong,
        done=visit.request.query_params.get("done", ""),
    )


async def _permissions(visit: Visit, id: str) -> list[held.Group]:
    told = (await visit.call("core.user.effective_permissions", id=id))["permissions"]
    return held.groups(
        visit,
        {
            one["permission"]: {
                "reach": one["reach"],
                "roles": [part["role"] for part in one["roles"]],
            }
            for one in told
        },
    )


Asked = tuple[str, dict[str, Any]]


def _id(visit: Visit) -> dict[str, Any]:
    return {"id": visit.request.path_params["id"]}


def _assign(visit: Visit) -> Asked:
    given: dict[str, Any] = {"id": visit.given("role"), "user_id": visit.request.path_params["id"]}
    if until := last_moment(visit, "until", "expires_at"):
        given["expires_at"] = until
    return "core.role.assign", given


def _unassign(visit: Visit) -> Asked:
    id = visit.request.path_params["id"]
    return "core.role.unassign", {"id": visit.given("role"), "user_id": id}


def _reasoned(action: str) -> Callable[[Visit], Asked]:
    return lambda visit: (action, {**_id(visit), "reason": visit.given("reason")})


def _plain(action: str) -> Callable[[Visit], Asked]:
    return lambda visit: (action, _id(visit))


def _update(visit: Visit) -> Asked:
    names = ("display_name", "locale", "manager_id")
    told = {name: visit.given(name) or None for name in names if name in visit.form}
    return "core.user.update", {**_id(visit), **told}


def _deactivate(visit: Visit) -> Asked:
    return "core.user.deactivate", {**_id(visit), "hand_over_to": visit.given("hand_over_to")}


_DO: dict[str, Callable[[Visit], Asked]] = {
    "assign": _assign,
    "unassign": _unassign,
    "suspend": _reasoned("core.user.suspend"),
    "reactivate": _plain("core.user.reactivate"),
    "deactivate": _deactivate,
    "sign_out": _plain("core.user.revoke_sessions"),
    "reset_mfa": _reasoned("core.user.reset_mfa"),
    "update": _update,
    "resend": _plain("core.user.resend_invitation"),
}


async def change(visit: Visit) -> Response:
    """Do one thing with a person, and show them again."""
    do = visit.given("do")
    if do not in _DO:
        return await _one(visit)
    action = ""
    try:
        action, asked = _DO[do](visit)
        told = await visit.call(action, **asked)
    except Problem as refused:
        return await _one(visit, refusal(visit, action, refused))
    if do == "resend":
        user = await visit.call("core.user.get", **_id(visit))
        return _linked(visit, told, user["display_name"])
    return visit.go(f"{PATH}/{visit.request.path_params['id']}", done=do)


PAGES = (
    Page(path=PATH, show=show),
    Page(path=NEW, show=new, take=invite),
    Page(path=f"{PATH}/{{id}}", show=one, take=change),
)
