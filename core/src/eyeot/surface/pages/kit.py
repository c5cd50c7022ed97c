"""Kit: from a request to a visit, and from a template to a page."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Undefined
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router

from eyeot.declare.problem import Internal, Problem
from eyeot.platform.identity import sessions
from eyeot.runtime.engine import Engine
from eyeot.surface.pages import cookies, refusals, roles
from eyeot.surface.pages.forms import FIELD, FormTokens
from eyeot.surface.pages.headers import ENCRYPTED, SAFE, policy
from eyeot.surface.pages.language import Language, language_of
from eyeot.surface.pages.proof import CONFIRM, ProofRequired
from eyeot.surface.pages.reading import Unreadable, check_address, form_of
from eyeot.surface.pages.visit import LONGEST_NEXT, SIGN_IN, Visit

log = logging.getLogger("eyeot.pages")
Handler = Callable[[Visit], Awaitable[Response]]
_HERE = "eyeot.surface.pages"
_ASSETS = {"style.css": "text/css", "icon.svg": "image/svg+xml"}
_EVERY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CHOOSE = "/console/organisation"
SECOND = "/console/second-factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address: who may open it, and what shows it or takes its form."""

    path: str
    show: Handler | None = None
    take: Handler | None = None
    open_to: str = "person"
    """`anyone`; `session`: who has signed in; `person`: who also chose an organisation."""


class Templates(Environment):
    """Templates that read what an answer leaves out as nothing, and refuse any other unknown name."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute, or what a dictionary holds under that name."""
        found = super().getattr(obj, attribute)
        return None if isinstance(found, Undefined) and isinstance(obj, dict) else found


@dataclass(frozen=True, slots=True)
class Entry:
    """A place to go to, for whoever may run an action that is done there."""

    path: str
    en: str
    fr: str
    needs: tuple[str, ...] = ()
    """Any of these is enough."""


@dataclass
class Kit:
    """What pages need of the deployment."""

    engine: Engine
    secrets: Sequence[bytes] = ()
    entries: Sequence[Entry] = ()
    """The way around, for who is signed in."""

    def __post_init__(self) -> None:
        self.tokens = FormTokens(self.secrets)
        self.devices = FormTokens(self.secrets, b"eyeot device")
        self._later: set[asyncio.Task[None]] = set()
        encrypted = self.engine.public_url.startswith("https://")
        self.safe = {**SAFE, **(ENCRYPTED if encrypted else {})}
        here = files(_HERE)
        self._assets = {one: here.joinpath(one).read_bytes() for one in _ASSETS}

    @cached_property
    def _templates(self) -> Templates:
        packages = (_HERE, "eyeot.surface.console", "eyeot.surface.oauth")
        loaders = [
            PackageLoader(one) for one in packages if files(one).joinpath("templates").is_dir()
        ]
        made = Templates(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters["role_name"] = roles.name_of
        return made

    def router(self, pages: Iterable[Page]) -> Router:
        """An ASGI application of pages."""
        routes: list[BaseRoute] = [
            Route(one.path, self._endpoint(one), methods=_EVERY) for one in pages
        ]
        return Router(routes, redirect_slashes=False, default=_Absent(self))

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that no answer waits for, so that its time tells nobody anything."""
        task = asyncio.create_task(_logged(work))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def settled(self) -> None:
        """Wait until all that was put off is done."""
        while self._later:
            await asyncio.gather(*self._later)

    def asset(self, name: str) -> Response | None:
        """A file that pages load."""
        if name not in self._assets:
            return None
        kept = {**self.safe, "cache-control": "max-age=3600"}
        return Response(self._assets[name], headers=kept, media_type=_ASSETS[name])

    def page(self, visit: Visit, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page, with all that keeps it from being misused."""
        sends_to = values.pop("sends_to", ())
        text = self._templates.get_template(template).render(
            visit=visit,
            language=visit.language,
            say=visit.say,
            caller=visit.caller,
            session=visit.session,
            token=self.tokens.made(visit.binder),
            token_field=FIELD,
            role_name=lambda name: roles.name_of(name, visit.language),
            role_about=lambda one: roles.about(one["name"], one.get("description"), visit.language),
            entries=[
                one for one in self.entries if not one.needs or any(map(visit.may, one.needs))
            ],
            path=visit.request.url.path,
            **values,
        )
        headers = {
            **self.safe,
            "content-security-policy": policy(sends_to),
            "content-language": visit.language,
            "vary": "accept-language, cookie",
        }
        response = Response(text, status, headers, "text/html")
        if visit.session is None and cookies.read(visit.request, cookies.VISITOR) != visit.visitor:
            cookies.give(response, cookies.VISITOR, visit.visitor)
        return response

    async def visit(self, request: Request) -> Visit:
        """What is known of whoever asks."""
        secret = cookies.read(request, cookies.SESSION)
        session = await sessions.found(self.engine, secret) if secret else None
        caller = await sessions.person(self.engine, session) if session else None
        known = caller.locale[:2] if caller else ""
        return Visit(
            kit=self,
            request=request,
            language=_language(request, known),
            visitor=cookies.read(request, cookies.VISITOR) or secrets.token_urlsafe(24),
            session=session,
            caller=caller,
        )

    def _endpoint(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            visit = await self.visit(request)
            try:
                return await self._answered(page, visit)
            except ProofRequired:
                reads = request.method in ("GET", "HEAD")
                return visit.go(CONFIRM, next=visit.here() if reads else visit.came_from)
            except Problem as refused:
                return refusals.page(visit, refused)
            except Unreadable as unreadable:
                return refusals.unread(visit, unreadable.status)
            except ClientDisconnect:
                raise
            except Exception:  # whatever it is, the reader learns its trace id only
                trace = secrets.token_hex(16)
                log.exception("fault in a page, trace %s", trace)
                return refusals.page(visit, Internal(trace_id=trace))

        return endpoint

    async def _answered(self, page: Page, visit: Visit) -> Response:
        check_address(visit.request)
        method, methods = visit.request.method, tuple(_methods(page))
        if method not in methods:
            answer = refusals.unread(visit, 405)
            answer.headers["allow"] = ", ".join(methods)
            return answer
        if away := _elsewhere(page, visit):
            return away
        if method != "POST":
            assert page.show
            return await page.show(visit)
        visit.form = await form_of(visit.request)
        if not self.tokens.holds(str(visit.form.get(FIELD, "")), visit.binder):
            kept = any(one.startswith(cookies.OURS) for one in visit.request.cookies)
            told = "stale.html" if kept else "cookieless.html"
            return visit.page(told, status=403, back=visit.here())
        assert page.take
        return await page.take(visit)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("fault in work that was put off")


def _elsewhere(page: Page, visit: Visit) -> Response | None:
    """Where somebody must go first; None when they may come in."""
    if page.open_to == "anyone":
        return None
    back = visit.here() if visit.request.method == "GET" else "/console/"
    if len(back) > LONGEST_NEXT:
        # It could not be come back to: better said now than after signing in.
        raise Unreadable(414)
    if visit.session is None:
        return visit.go(SIGN_IN, next=back)
    if not visit.session.verified:
        return visit.go(SECOND, next=back)
    if page.open_to == "person" and visit.caller is None:
        return visit.go(CHOOSE, next=back)
    return None


def _language(request: Request, known: str) -> Language:
    """What the reader chose on a page, else what their account says, else what their browser asks for."""
    for one in (cookies.read(request, cookies.LANGUAGE), known):
        if one in ("fr", "en"):
            return "en" if one == "en" else "fr"
    return language_of(request.headers.get("accept-language", ""))


def _methods(page: Page) -> Iterable[str]:
    if page.show:
        yield "GET"
        yield "HEAD"
    if page.take:
        yield "POST"


class _Absent:
    """What there is where nothing is."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        visit = await self._kit.visit(Request(scope, receive))
        await visit.page("absent.html", status=404)(scope, receive, send)
