"""Linked: the page behind an address that runs one action, and the mail program's one click (RFC 8058)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eyeot.declare.problem import Problem
from eyeot.runtime.linking import PATH, Linked, read
from eyeot.runtime.performing import asking
from eyeot.runtime.request import Request as Asked
from eyeot.surface.pages import Kit, Visit, refusals

_LONGEST = 4_000


class LinkApp:
    """Shows what an address does; does it when it is confirmed, or when a mail program posts to it."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            response = await self._answered(Request(scope, receive))
            await response(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        visit = await self._kit.visit(request)
        token = request.scope["path"].removeprefix(PATH)[:_LONGEST]
        linked = read(self._kit.engine.outside, token)
        action = linked and self._kit.engine.catalogue.actions.get(linked.action)
        if linked is None or action is None:
            return visit.page("linked.html", status=410, state="void", about="", here="")
        about = action.labels[visit.language]
        if request.method == "POST":
            # No cookie and no token of ours: whoever holds the address may use it, once or often.
            return await self._done(visit, linked, about)
        if request.method not in ("GET", "HEAD"):
            return refusals.unread(visit, 405)
        here = request.scope["path"]
        return visit.page("linked.html", state="ask", about=about, here=here)

    async def _done(self, visit: Visit, linked: Linked, about: str) -> Response:
        engine = self._kit.engine
        caller = await asking(
            engine, linked.org_id, {"actor_type": "system", "actor": "link", "via": "link"}
        )
        try:
            await engine.execute(
                Asked(
                    action=linked.action,
                    arguments=linked.arguments,
                    caller=caller,
                    surface="rest",
                    ip=visit.browser.ip,
                )
            )
        except Problem as refused:
            return refusals.page(visit, refused)
        return visit.page("linked.html", state="done", about=about, here="")
