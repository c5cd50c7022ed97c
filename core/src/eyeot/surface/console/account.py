"""Account: one's own name, password, second factor and sessions."""

from typing import Any
from uuid import UUID

import segno
from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.platform.identity import factors, noting, sessions
from eyeot.platform.identity.noting import Happened
from eyeot.platform.identity.passwords import weakness
from eyeot.platform.identity.signing import change_password, knows_password
from eyeot.surface.console.people import colleagues
from eyeot.surface.console.wording import weak
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.proof import CONFIRM
from eyeot.surface.pages.refusals import said

PATH = "/console/account"
PASSWORD, FACTOR, SESSIONS = f"{PATH}/password", f"{PATH}/second-factor", f"{PATH}/sessions"


async def show(visit: Visit) -> Response:
    """What there is to set."""
    assert visit.session
    return await _account(visit)


async def _account(visit: Visit, wrong: str = "") -> Response:
    assert visit.session
    reads = visit.own_id and visit.may("core.user.get")
    sites = visit.may("core.establishment.list")
    return visit.page(
        "account.html",
        status=422 if wrong else 200,
        left=await factors.recovery_left(visit.engine, visit.session.account_id),
        own=await visit.call("core.user.get", id=visit.own_id) if reads else {},
        sites=await visit.every("core.establishment.list", sort="name") if sites else [],
        colleagues=[one for one in await colleagues(visit) if one["id"] != visit.own_id],
        wrong=wrong,
        saved=visit.request.query_params.get("saved"),
    )


async def take(visit: Visit) -> Response:
    """Change name and language in this organisation, the site one looks at, or say when one is away."""
    try:
        match visit.given("do"):
            case "away":
                await visit.call("core.user.set_out_of_office", **_absence(visit))
            case "site":
                site = visit.given("establishment_id") or None
                await visit.call("core.organization.switch_context", establishment_id=site)
            case _:
                name, locale = visit.given("display_name"), visit.given("locale")
                await visit.call("core.user.set_profile", display_name=name, locale=locale)
    except Problem as refused:
        return await _account(visit, said(visit, refused))
    return visit.go(PATH, saved="profile")


def _absence(visit: Visit) -> dict[str, Any]:
    return {
        "id": visit.own_id,
        "away_from": visit.given("away_from"),
        "away_to": visit.given("away_to"),
        "deputy_id": visit.given("deputy_id") or None,
    }


async def show_password(visit: Visit) -> Response:
    """The form for another password."""
    return visit.page("password.html", wrong="", which="")


async def take_password(visit: Visit) -> Response:
    """Set another password, and end every other session."""
    session = visit.session
    assert session
    fault, which = await _fault(visit)
    if fault:
        return visit.page("password.html", status=422, wrong=weak(visit, fault), which=which)
    await change_password(visit.engine, session, str(visit.form["password"]))
    told = Happened("change_password")
    await noting.note(visit.engine, session.account_id, visit.browser, told)
    return visit.go(PATH, saved="password")


async def _fault(visit: Visit) -> tuple[str, str]:
    """What is wrong with the password, and with which field."""
    assert visit.session
    present, password = (str(visit.form.get(one, "")) for one in ("present", "password"))
    known = visit.caller
    about = (visit.session.email, known.actor if known else "", known.org_name if known else "")
    if fault := weakness(password, about):
        return fault, "password"
    if password != str(visit.form.get("again", "")):
        return "different", "again"
    if not await knows_password(visit.engine, visit.session, present, visit.browser):
        return "wrong", "present"
    return "", ""


async def show_factor(visit: Visit) -> Response:
    """The second factor as it is, or the secret that waits for its first code."""
    assert visit.session
    if not visit.proven:
        return visit.go(CONFIRM, next=FACTOR)
    return await _factor(visit)


async def _factor(visit: Visit, *, wrong: bool = False) -> Response:
    assert visit.session
    proposed = await factors.proposed(visit.engine, visit.session.account_id)
    return visit.page(
        "factor.html",
        status=422 if wrong else 200,
        secret=_grouped(proposed[0]) if proposed else "",
        picture=_picture(proposed[1]) if proposed else "",
        left=await factors.recovery_left(visit.engine, visit.session.account_id),
        wrong=wrong,
    )


def _grouped(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _picture(address: str) -> str:
    """A QR code as an image that stands in the page itself."""
    made = segno.make(address, error="m", micro=False)
    return made.svg_data_uri(scale=5, border=4, light="#fff")


async def take_factor(visit: Visit) -> Response:
    """Begin, finish or end the use of a second factor, or renew the codes for recovery."""
    session, engine = visit.session, visit.engine
    assert session
    if not visit.proven:
        return visit.go(CONFIRM, next=FACTOR)
    what = visit.given("what")
    if what == "begin":
        await factors.propose(engine, session.account_id)
        return visit.go(FACTOR)
    if what == "enable":
        return await _enabled(visit)
    if what == "renew" and session.has_second_factor:
        codes = await factors.renew_recovery(engine, session.account_id)
        told = Happened("renew_recovery_codes")
        await noting.note(engine, session.account_id, visit.browser, told)
        return visit.page("recovery.html", codes=codes)
    if what == "disable" and session.has_second_factor:
        await factors.disable(engine, session.account_id)
        await noting.factor(engine, session.account_id, visit.browser, on=False)
        await sessions.end_others(engine, session)
        return visit.go(PATH, saved="factor_off")
    return visit.go(FACTOR)


async def _enabled(visit: Visit) -> Response:
    """The codes for recovery, shown this once; every other session ends."""
    assert visit.session
    account_id = visit.session.account_id
    codes = await factors.enable(visit.engine, account_id, visit.given("code"))
    if codes is None:
        return await _factor(visit, wrong=True)
    await noting.factor(visit.engine, account_id, visit.browser, on=True)
    await sessions.end_others(visit.engine, visit.session)
    return visit.page("recovery.html", codes=codes)


async def show_sessions(visit: Visit) -> Response:
    """Where one is signed in."""
    assert visit.session
    found = await sessions.own(visit.engine, visit.session)
    return visit.page("sessions.html", sessions=found, device=device)


async def take_sessions(visit: Visit) -> Response:
    """End one session, or all others."""
    assert visit.session
    which = visit.given("session")
    if which == "others":
        await sessions.end_others(visit.engine, visit.session)
    elif chosen := _id(which):
        await sessions.end_one(visit.engine, visit.session, chosen)
    else:
        return visit.go(SESSIONS)
    told = Happened("end_sessions")
    await noting.note(visit.engine, visit.session.account_id, visit.browser, told)
    return visit.go(SESSIONS)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "CrOS", "Linux")
_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}


def device(agent: str | None) -> str:
    """A browser and its system, as people know them; as it calls itself where that tells neither."""
    told = agent or ""
    system = next((one for one in _SYSTEMS if one in told), "")
    browser = next((name for sign, name in _BROWSERS.items() if f"{sign}/" in told), "")
    found = " · ".join(one for one in (browser, "Mac" if system == "Macintosh" else system) if one)
    return found or told[:60] or "?"


PAGES = (
    Page(path=PATH, show=show, take=take),
    Page(path=PASSWORD, show=show_password, take=take_password, open_to="session"),
    Page(path=FACTOR, show=show_factor, take=take_factor, open_to="session"),
    Page(path=SESSIONS, show=show_sessions, take=take_sessions, open_to="session"),
)
