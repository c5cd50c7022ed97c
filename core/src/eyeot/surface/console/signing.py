"""Signing in and out, and the choice of an organisation."""

from urllib.parse import urlsplit
from uuid import UUID

from starlette.responses import Response

from eyeot.declare import ids
from eyeot.platform.identity import sessions
from eyeot.platform.identity.signing import attempt
from eyeot.surface.pages import Page, Visit, cookies
from eyeot.surface.pages.kit import CHOOSE
from eyeot.surface.pages.visit import SIGN_IN, local


async def show(visit: Visit) -> Response:
    """The form; who is signed in already goes on."""
    if visit.session and visit.session.verified:
        return visit.go(visit.next)
    return _form(visit)


async def take(visit: Visit) -> Response:
    """Check e-mail and password, and begin a session of its own."""
    account_id = await attempt(
        visit.engine, visit.given("email"), str(visit.form.get("password", ""))
    )
    if account_id is None:
        return _form(visit, wrong=True)
    if visit.session:
        await sessions.end(visit.engine, visit.session.id)
    secret = await sessions.begin(visit.engine, account_id, visit.browser, verified=True)
    answer = visit.go(visit.next)
    cookies.give(answer, cookies.SESSION, secret)
    return answer


def _form(visit: Visit, *, wrong: bool = False) -> Response:
    status = 422 if wrong else 200
    email = visit.given("email")
    return visit.page("sign_in.html", status=status, wrong=wrong, email=email, next=visit.next)


async def out(visit: Visit) -> Response:
    """End the session."""
    if visit.session:
        await sessions.end(visit.engine, visit.session.id)
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
    return visit.go(visit.next)


PAGES = (
    Page(path=SIGN_IN, show=show, take=take, open_to="anyone"),
    Page(path="/console/sign-out", take=out, open_to="anyone"),
    Page(path="/console/language", show=language, open_to="anyone"),
    Page(path=CHOOSE, show=organisations, take=choose, open_to="session"),
)
