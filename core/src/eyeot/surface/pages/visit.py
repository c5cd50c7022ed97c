"""Visit: one request of a person's browser, and what is known of them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from eyeot.declare import ids
from eyeot.declare.problem import PermissionDenied
from eyeot.platform.identity.sessions import Browser, Session
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import NO_KEYS, Answer, Caller, Keys
from eyeot.runtime.request import Request as Asked
from eyeot.surface.pages.language import Language
from eyeot.surface.pages.proof import ProofRequired

if TYPE_CHECKING:
    from eyeot.surface.pages.kit import Kit

SIGN_IN = "/console/sign-in"
LONGEST_NEXT = 8_100
"""Characters of an address to come back to: the longest request of an app, with its path."""
_PAGE = 100


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request; `caller` is the person in the organisation they chose, once both are known."""

    kit: "Kit"
    request: Request
    language: Language
    visitor: str
    session: Session | None = None
    caller: Caller | None = None
    form: FormData = field(default_factory=FormData)

    @property
    def engine(self) -> Engine:
        """The runtime."""
        return self.kit.engine

    @property
    def browser(self) -> Browser:
        """Where the request comes from."""
        client = self.request.client
        return Browser(client.host if client else None, self.request.headers.get("user-agent"))

    @property
    def binder(self) -> str:
        """What this browser's forms are bound to."""
        return str(self.session.id) if self.session else self.visitor

    @property
    def person(self) -> Caller:
        """Who is signed in; only for pages that are not open to others."""
        assert self.caller
        return self.caller

    @property
    def proven(self) -> bool:
        """Whether the person proved a moment ago to be there."""
        return self.session is not None and self.session.fresh(self.engine.clock())

    @property
    def own_id(self) -> str | None:
        """The person's id as answers give it."""
        user_id = self.person.user_id
        return ids.encode("usr", user_id) if user_id else None

    def say(self, en: str, fr: str) -> str:
        """The one of two wordings that this reader understands."""
        return fr if self.language == "fr" else en

    def given(self, name: str) -> str:
        """A field of the form, as text; empty when it was not filled in."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def chosen(self, name: str) -> list[str]:
        """Every value of a field that may be given more than once."""
        return [one for one in self.form.getlist(name) if isinstance(one, str)]

    async def call(
        self, action: str, /, *, dry_run: bool = False, once: UUID | None = None, **arguments: Any
    ) -> dict[str, Any]:
        """Run an action as the person, by the one path; its answer, or `Problem`.

        `once`: the key under which a repetition gets the same answer.
        """
        return (await self.ask(action, dry_run=dry_run, once=once, **arguments)).told()

    async def ask(
        self, action: str, /, *, dry_run: bool = False, once: UUID | None = None, **arguments: Any
    ) -> Answer:
        """As `call`, with all that the runtime tells of it."""
        browser, known = self.browser, self.engine.catalogue.actions.get(action)
        if known and known.fresh and not (dry_run or self.proven):
            raise ProofRequired
        return await self.engine.execute(
            Asked(
                action=action,
                arguments=arguments,
                caller=self.person,
                surface="console",
                dry_run=dry_run,
                keys=Keys(idempotency_key=once) if once else NO_KEYS,
                client=browser.agent,
                ip=browser.ip,
            )
        )

    async def every(
        self, action: str, /, *, most: int = 500, **arguments: Any
    ) -> list[dict[str, Any]]:
        """What a list action answers, page after page, up to so many."""
        found: list[dict[str, Any]] = []
        at: dict[str, Any] = {}
        while len(found) < most:
            told = await self.call(action, limit=_PAGE, **arguments, **at)
            found += told["items"]
            if not told.get("has_more"):
                break
            at = {"cursor": told["next_cursor"]}
        return found[:most]

    def may(self, action: str) -> bool:
        """Whether the person may run an action, so that a page offers it."""
        return self.caller is not None and action in self.caller.access.actions

    def open_form(self, action: str) -> None:
        """Let in to an action's form who may run it and has proven to be there, before it is filled in."""
        if not self.may(action):
            needs = self.engine.installed.actions[action].needs
            raise PermissionDenied(action=action, permission=needs)
        if not self.proven:
            raise ProofRequired

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page."""
        return self.kit.page(self, template, status=status, **values)

    def go(self, path: str, **query: str) -> Response:
        """Send the browser on to another page of ours."""
        told = f"{path}{'&' if '?' in path else '?'}{urlencode(query)}" if query else path
        return RedirectResponse(told, status_code=303)

    @property
    def next(self) -> str:
        """Where to go on after signing in: an address of ours, whatever was asked for."""
        return local(self.given("next") or self.request.query_params.get("next", ""))

    @property
    def came_from(self) -> str:
        """The page of ours that a form was sent from."""
        url = urlsplit(self.request.headers.get("referer", ""))
        if url.netloc != self.request.url.netloc:
            return local("")
        return local(f"{url.path}?{url.query}" if url.query else url.path)

    def here(self) -> str:
        """The address of this page, to come back to."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path


def local(target: str) -> str:
    """An address within this site; the start page for any other, so that no link leads away (CWE-601)."""
    plain = target.isascii() and target.isprintable() and " " not in target
    if not target.startswith("/") or len(target) > LONGEST_NEXT or not plain:
        return "/console/"
    # Browsers read a backslash as a slash, and two slashes as the beginning of a host.
    if "\\" in target or target.startswith("//") or urlsplit(target).netloc:
        return "/console/"
    return target
