"""Joining: the page that an invitation leads to."""

from uuid import UUID

from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.platform.identity import accounts
from eyeot.platform.identity.invitations import PATH
from eyeot.platform.identity.joining import Invited, invited, join
from eyeot.platform.identity.passwords import weakness
from eyeot.surface.console import signing
from eyeot.surface.console.wording import weak
from eyeot.surface.pages import Page, Visit, refusals
from eyeot.surface.pages.visit import SIGN_IN

_SIGN_OUT = (
    "You are signed in with another address. Sign out first, or hand the link to whom it is for.",
    (
        "Vous êtes connecté avec une autre adresse. Déconnectez-vous d'abord, ou remettez le lien"
        " à qui il s'adresse."
    ),
)
_NOT_SO = (
    "That was not possible. Whoever has an account with this address signs in with it to accept.",
    (
        "Cela n'a pas été possible. Qui a déjà un compte à cette adresse se connecte avec lui pour"
        " accepter."
    ),
)


async def show(visit: Visit) -> Response:
    """Who invites, and how to come in: with the account one has, or by choosing a password."""
    code = visit.request.query_params.get("code", "")
    if not code:
        return visit.go(SIGN_IN)
    found = await invited(visit.engine, code)
    if found is None:
        return _void(visit)
    return await _form(visit, found, code)


async def take(visit: Visit) -> Response:
    """Come in."""
    code = visit.given("code")
    found = await invited(visit.engine, code)
    if found is None:
        return _void(visit)
    if visit.session:
        if not _is_theirs(visit, found):
            # Nobody chooses a password for another from within a session of their own.
            return await _form(visit, found, code, visit.say(*_SIGN_OUT))
        return await _joined(visit, found, visit.session.account_id, code)
    password = str(visit.form.get("password", ""))
    fault: str | None = weakness(password, (found.email, found.name, found.org_name))
    if fault is None and password != str(visit.form.get("again", "")):
        fault = "different"
    if fault:
        return await _form(visit, found, code, weak(visit, fault))
    doors, ip = visit.engine.credentials.doors, visit.browser.ip
    doors.check(ip)
    made = await accounts.make(visit.engine, found.email, password)
    if made is None:
        doors.failed(ip)
        return await _form(visit, found, code, visit.say(*_NOT_SO))
    return await _joined(visit, found, made, code)


async def _joined(visit: Visit, found: Invited, account_id: UUID, code: str) -> Response:
    try:
        await join(visit.engine, found, account_id, code, visit.browser)
    except Problem as refused:
        return await _form(visit, found, code, refusals.said(visit, refused))
    if _is_theirs(visit, found):
        return visit.go("/console/organisation")
    return await signing.entered(visit, account_id, found.email, by="invitation")


def _is_theirs(visit: Visit, found: Invited) -> bool:
    """Whether whoever was invited sits there, signed in with every factor."""
    session = visit.session
    mine = session is not None and session.email == accounts.address(found.email)
    return mine and session is not None and session.verified


async def _form(visit: Visit, found: Invited, code: str, wrong: str = "") -> Response:
    return visit.page(
        "invitation.html",
        status=422 if wrong else 200,
        found=found,
        code=code,
        wrong=wrong,
        mine=_is_theirs(visit, found),
        sign_in=SIGN_IN,
        here=f"{PATH}?code={code}",
    )


def _void(visit: Visit) -> Response:
    return visit.page("void.html", status=410, again="")


PAGES = (Page(path=PATH, show=show, take=take, open_to="anyone"),)
