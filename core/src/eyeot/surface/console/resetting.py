"""Resetting a password that was forgotten, by a link that is mailed."""

from starlette.responses import Response

from eyeot.platform.identity import noting, resetting
from eyeot.platform.identity.noting import Happened
from eyeot.platform.identity.passwords import weakness
from eyeot.surface.console import signing
from eyeot.surface.console.wording import weak
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.kit import SECOND


async def ask(visit: Visit) -> Response:
    """The form for an address."""
    return visit.page("forgot.html", sent=False, mails=visit.engine.outside.sends_mail)


async def send(visit: Visit) -> Response:
    """Answer the same whoever is asked for; what is done is done after that."""
    visit.engine.credentials.doors.check(visit.browser.ip)
    visit.engine.credentials.doors.failed(visit.browser.ip)
    visit.kit.later(resetting.send(visit.engine, visit.given("email")))
    return visit.page("forgot.html", sent=True, mails=visit.engine.outside.sends_mail)


async def show(visit: Visit) -> Response:
    """The form for a new password; opening the link does not use it up, since mail programs do so too."""
    code = visit.request.query_params.get("code", "")
    if await resetting.whose(visit.engine, code) is None:
        return visit.page("void.html", status=410, again=signing.FORGOT)
    return visit.page("reset.html", code=code, wrong="")


async def take(visit: Visit) -> Response:
    """Set the password, end every session, and sign in as far as the password leads."""
    code, password = visit.given("code"), str(visit.form.get("password", ""))
    found = await resetting.whose(visit.engine, code)
    if found is None:
        return visit.page("void.html", status=410, again=signing.FORGOT)
    fault = weakness(password, (found["email"],))
    if fault is None and password != str(visit.form.get("again", "")):
        return _again(visit, code, "different")
    if fault:
        return _again(visit, code, fault)
    if not await resetting.redeem(visit.engine, code, password):
        return visit.page("void.html", status=410, again=signing.FORGOT)
    told = Happened("reset_password")
    await noting.note(visit.engine, found["id"], visit.browser, told)
    visit.session = None
    if found["has_second_factor"]:
        # Whoever can read the mail proved one factor, and no more than that.
        return await signing.begun(visit, found["id"], visit.go(SECOND))
    return await signing.entered(visit, found["id"], found["email"], by="reset")


def _again(visit: Visit, code: str, fault: str) -> Response:
    return visit.page("reset.html", status=422, code=code, wrong=weak(visit, fault))


PAGES = (
    Page(path=signing.FORGOT, show=ask, take=send, open_to="anyone"),
    Page(path=resetting.PATH, show=show, take=take, open_to="anyone"),
)
