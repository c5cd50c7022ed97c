"""Public: the pages behind links that people outside were sent.

A look (GET, HEAD) shows whose page it is and one button, and is not counted: programs that scan mails look
too. What counts is sent by the button (POST): opening the page, and taking its file.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from eyeot.declare.problem import Problem
from eyeot.declare.public import Opening, PublicView
from eyeot.runtime.public import PATH, Told, read
from eyeot.runtime.visiting import Public
from eyeot.surface.download import GUARDED, disposition
from eyeot.surface.pages import Kit, Visit, refusals

_LONGEST = 4_000
_FILE = "/file"


class PublicApp:
    """Answers `/p/{token}` and `/p/{token}/file`."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._public = Public(kit.engine)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            response = await self._answered(Request(scope, receive))
            await response(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        visit = await self._kit.visit(request)
        path = request.scope["path"].removeprefix(PATH)
        token, takes = path.removesuffix(_FILE), path.endswith(_FILE)
        told = read(self._kit.engine.outside, token) if len(token) <= _LONGEST else None
        if request.method not in ("GET", "HEAD", "POST"):
            return _bare(refusals.unread(visit, 405))
        if told is None:
            return _void(visit)
        try:
            if request.method == "POST":
                return await self._counted(visit, told, takes=takes)
            if takes:
                # A file is taken by the page's button alone.
                return RedirectResponse(f"{PATH}{token}", status_code=303)
            view = await self._public.shown(told)
        except Problem as refused:
            return _bare(refusals.page(visit, refused))
        return _page(visit, view, state="front", here=f"{PATH}{token}") if view else _void(visit)

    async def _counted(self, visit: Visit, told: Told, *, takes: bool) -> Response:
        what: Opening = "downloaded" if takes else "opened"
        found = await self._public.visited(told, what, visit.browser.ip)
        if found is None:
            return _void(visit)
        file = found.view.file
        if not (takes and file):
            here = visit.request.scope["path"]
            return _page(visit, found.view, state="open", here=here, to=here + _FILE)
        headers = {
            **GUARDED,
            "content-type": file.mime,
            "content-disposition": disposition(file.filename),
        }
        return Response(found.content, headers=headers)


def _page(visit: Visit, view: PublicView, *, state: str, here: str, to: str = "") -> Response:
    visit.language = view.language
    return _bare(visit.page("public.html", view=view, state=state, here=here, to=to))


def _void(visit: Visit) -> Response:
    return _bare(visit.page("linked.html", status=410, state="void", about="", here=""))


def _bare(response: Response) -> Response:
    """The page without a cookie: nobody outside is to be known again."""
    if "set-cookie" in response.headers:
        del response.headers["set-cookie"]
    return response
