"""Proving: before the worst that somebody can do, that it is still them."""

from starlette.responses import Response

from eyeot.platform.identity import sessions
from eyeot.platform.identity.signing import confirms
from eyeot.surface.console.signing import refused
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.proof import CONFIRM


async def show(visit: Visit) -> Response:
    """The form: a code where the person uses them, else the password."""
    return _form(visit)


async def take(visit: Visit) -> Response:
    """Note that they proved it, and go back."""
    assert visit.session
    given = str(visit.form.get("proof", ""))
    if await confirms(visit.engine, visit.session, given, visit.browser):
        await sessions.proven(visit.engine, visit.session)
        return visit.go(visit.next)
    visit.kit.later(refused(visit, visit.session.account_id, "confirm"))
    return _form(visit, wrong=True)


def _form(visit: Visit, *, wrong: bool = False) -> Response:
    return visit.page("confirm.html", status=422 if wrong else 200, wrong=wrong, next=visit.next)


PAGES = (Page(path=CONFIRM, show=show, take=take, open_to="session"),)
