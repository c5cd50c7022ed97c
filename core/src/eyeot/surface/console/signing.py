"""Signing in and out, the second factor, and the choice of an organisation."""

from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from starlette.responses import Response

from eyeot.declare import ids
from eyeot.platform.identity import accounts, factors, noting, sessions
from eyeot.platform.identity.noting import Happened
from eyeot.platform.identity.signing import Given, attempt
from eyeot.surface.pages import Page, Visit, cookies
from eyeot.surface.pages.kit import CHOOSE, SECOND
from eyeot.surface.pages.visit import SIGN_IN, local

FORGOT = "/console/forgot"


async def show(visit: Visit) -> Response:
    """The form; who is signed in already goes on."""
    if visit.session and visit.session.verified:
        return visit.go(visit.next)
    return _form(visit)


async def take(visit: Visit) -> Response:
    """Check e-mail and password, and begin a session of its own."""
    engine, email = visit.engine, visit.given("email")
    engine.credentials.doors.check(visit.browser.ip)
    password = str(visit.form.get("password", ""))
    verdict = await attempt(engine, Given(email, password, visit.browser, _device(visit, email)))
    if not verdict.good or verdict.account_id is None:
        engine.credentials.doors.failed(visit.browser.ip)
        if verdict.account_id and verdict.counted:
            visit.kit.later(refused(visit, verdict.account_id, "sign_in"))
        return _form(visit, wrong=True)
    if verdict.has_second_factor:
        return await begun(visit, verdict.account_id, visit.go(SECOND, next=visit.next))
    return await entered(visit, verdict.account_id, email, by="password")


def refused(visit: Visit, account_id: UUID, what: str) -> Coroutine[Any, Any, None]:
    """Audit that somebody was refused at the door."""
    told = Happened(what, code="unauthenticated")
    return noting.note(visit.engine, account_id, visit.browser, told)


def _device(visit: Visit, email: str) -> str:
    """What tells the browser as one that this person signed in with; empty where they did not."""
    told = cookies.read(visit.request, cookies.DEVICE)
    known = visit.kit.devices.holds(told, accounts.address(email)) if told else False
    return told if known else ""


async def begun(
    visit: Visit, account_id: UUID, answer: Response, *, verified: bool = False
) -> Response:
    """The answer with a session of its own: nothing that was there before goes on."""
    if visit.session:
        await sessions.end(visit.engine, visit.session.id)
    secret = await sessions.begin(visit.engine, account_id, visit.browser, verified=verified)
    cookies.give(answer, cookies.SESSION, secret)
    return answer


async def entered(visit: Visit, account_id: UUID, email: str, *, by: str) -> Response:
    """Let somebody in who gave every factor, and know their browser again."""
    await noting.signed_in(visit.engine, account_id, visit.browser, by=by)
    answer = await begun(visit, account_id, visit.go(visit.next), verified=True)
    device = visit.kit.devices.made(accounts.address(email))
    cookies.keep(answer, cookies.DEVICE, device)
    return answer


def _form(visit: Visit, *, wrong: bool = False) -> Response:
    return visit.page(
        "sign_in.html",
        status=422 if wrong else 200,
        wrong=wrong,
        email=visit.given("email"),
        next=visit.next,
        said=_SAID.get(visit.request.query_params.get("said", "")),
        forgot=FORGOT,
    )


_SAID = {
    "ended": (
        "You were signed out by an administrator. Sign in again.",
        "Un administrateur vous a déconnecté. Connectez-vous de nouveau.",
    ),
}


async def second(visit: Visit) -> Response:
    """The form for the code."""
    if visit.session is None:
        return visit.go(SIGN_IN, next=visit.next)
    if visit.session.verified:
        return visit.go(visit.next)
    return _second(visit)


async def take_second(visit: Visit) -> Response:
    """Check the code, and begin the session that counts."""
    session = visit.session
    if session is None or session.verified:
        return visit.go(SIGN_IN, next=visit.next)
    if await factors.proves(visit.engine, session.account_id, visit.given("code"), visit.browser):
        return await entered(visit, session.account_id, session.email, by="second factor")
    visit.kit.later(refused(visit, session.account_id, "second_factor"))
    return _second(visit, wrong=True)


def _second(visit: Visit, *, wrong: bool = False) -> Response:
    lost = visit.request.query_params.get("lost") == "1"
    status = 422 if wrong else 200
    return visit.page("second_factor.html", status=status, wrong=wrong, lost=lost, next=visit.next)


async def out(visit: Visit) -> Response:
    """End the session."""
    if visit.session:
        await sessions.end(visit.engine, visit.session.id)
        if visit.session.verified:
            told = Happened("sign_out")
            await noting.note(visit.engine, visit.session.account_id, visit.browser, told)
    answer = visit.go(SIGN_IN)
    cookies.take(answer, cookies.SESSION)
    return answer


async def language(visit: Visit) -> Response:
    """Read in the other language from now on, in this browser."""
    came = urlsplit(visit.request.headers.get("referer", ""))
    ours = came.netloc == visit.request.headers.get("host")
    back = came._replace(scheme="", netloc="").geturl() if ours else ""
    answer = visit.go(local(back))
    chosen = visit.request.query_params.get("to", "")
    if chosen in ("fr", "en"):
        cookies.keep(answer, cookies.LANGUAGE, chosen)
    return answer


async def organisations(visit: Visit) -> Response:
    """The organisations to choose from."""
    assert visit.session
    found = await sessions.houses(visit.engine, visit.session)
    for one in found:
        one["id"] = ids.encode("org", UUID(one["org_id"]))
    return visit.page("organisation.html", houses=found, next=visit.next)


async def choose(visit: Visit) -> Response:
    """Work in another organisation from now on."""
    assert visit.session
    found = ids.decode(visit.given("organisation"))
    if found is None or not await sessions.choose(visit.engine, visit.session, found[1]):
        return await organisations(visit)
    chosen = await sessions.again(visit.engine, visit.session)
    if chosen is None or await sessions.person(visit.engine, chosen) is None:
        # An administrator there ended the sessions that were: this one does not count there any more.
        await sessions.end(visit.engine, visit.session.id)
        answer = visit.go(SIGN_IN, said="ended", next=visit.next)
        cookies.take(answer, cookies.SESSION)
        return answer
    return visit.go(visit.next)


PAGES = (
    Page(path=SIGN_IN, show=show, take=take, open_to="anyone"),
    Page(path=SECOND, show=second, take=take_second, open_to="anyone"),
    Page(path="/console/sign-out", take=out, open_to="anyone"),
    Page(path="/console/language", show=language, open_to="anyone"),
    Page(path=CHOOSE, show=organisations, take=choose, open_to="session"),
)
