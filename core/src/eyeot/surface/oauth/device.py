"""Device: the page on which a person enters the code that a program shows, and decides."""

from collections.abc import Iterable
from functools import partial

from starlette.responses import Response

from eyeot.declare import ids
from eyeot.platform.oauth import clients, devices, limits, tokens
from eyeot.platform.oauth.clients import Client
from eyeot.platform.oauth.devices import Device
from eyeot.surface.oauth import issuing
from eyeot.surface.oauth.connecting import Connecting, named
from eyeot.surface.oauth.consent import CREATE
from eyeot.surface.oauth.endpoints import DEVICE_PAGE
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.proof import CONFIRM


def pages(connecting: Connecting) -> Iterable[Page]:
    """The page."""
    yield Page(path=DEVICE_PAGE, show=_show, take=partial(_take, connecting))


async def _show(visit: Visit) -> Response:
    """Ask for the code; one that came with the address is shown, to be compared and sent."""
    code = devices.code_of(visit.request.query_params.get("user_code", ""))[: devices.SIGNS]
    return _form(visit, code)


def _form(visit: Visit, code: str = "", *, unknown: bool = False) -> Response:
    shown = devices.shown(code) if len(code) == devices.SIGNS else ""
    status = 422 if unknown else 200
    return visit.page("device.html", status=status, code=shown, unknown=unknown)


async def _take(connecting: Connecting, visit: Visit) -> Response:
    engine, code = connecting.engine, devices.code_of(visit.given("user_code"))
    proven = visit.kit.tokens.holds(visit.given("proof"), _bound(visit, code))
    if not proven:
        # Before it is looked up, so that guesses at once count as well.
        await limits.admit(engine, limits.TRIES, str(visit.session and visit.session.account_id))
        await limits.admit(engine, limits.TRIES_FROM, limits.address(visit.browser.ip))
    found = await devices.look(engine, code)
    client = await clients.known(engine, found.client_id) if found else None
    if found is None or client is None:
        return _form(visit, unknown=True)
    if visit.given("decision") == "refuse" and proven:
        return await _refuse(connecting, visit, code, client)
    deciding = proven and visit.given("decision") == "allow"
    given = visit.chosen("scope") if deciding else connecting.offer(visit, found.scope).ticked
    if connecting.to_be_proven(visit, given):
        return visit.go(CONFIRM, next=f"{DEVICE_PAGE}?user_code={devices.shown(code)}")
    if not deciding:
        return _page(connecting, visit, code, (client, found))
    return await _allow(connecting, visit, code, (client, found))


def _bound(visit: Visit, code: str) -> str:
    """What a decision is bound to: this browser, and the code that was looked up for it."""
    return f"{visit.binder}:{code}"


def _page(
    connecting: Connecting,
    visit: Visit,
    code: str,
    asking: tuple[Client, Device],
    *,
    nothing: bool = False,
) -> Response:
    client, found = asking
    return visit.page(
        "device_consent.html",
        status=422 if nothing else 200,
        client=client,
        device=found,
        code=devices.shown(code),
        proof=visit.kit.tokens.made(_bound(visit, code)),
        offer=connecting.offer(visit, found.scope),
        may=visit.may(CREATE),
        nothing=nothing,
    )


async def _refuse(connecting: Connecting, visit: Visit, code: str, client: Client) -> Response:
    await devices.decide(connecting.engine, code, None)
    await issuing.refuse(connecting.engine, visit.person, client.name, visit.browser)
    return visit.page("device_done.html", client=client, allowed=False)


async def _allow(
    connecting: Connecting, visit: Visit, code: str, asking: tuple[Client, Device]
) -> Response:
    scopes = visit.chosen("scope")
    if not scopes:
        return _page(connecting, visit, code, asking, nothing=True)
    client, _ = asking
    made = await visit.call(CREATE, **named(client), scopes=scopes)
    found = ids.decode(made["id"])
    assert found
    grant = visit.person.org_id, found[1]
    if not await devices.decide(connecting.engine, code, grant):
        await tokens.disconnect(connecting.engine, *grant, "Its code had ended before it was used.")
        return _form(visit, unknown=True)
    await clients.used(connecting.engine, client.id)
    return visit.page("device_done.html", client=client, allowed=True)
