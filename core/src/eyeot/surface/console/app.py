"""App: the console's addresses."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eyeot.surface.console import home, licence, signing
from eyeot.surface.pages import Kit, Page

STYLE = "/console/style.css"


def pages() -> Iterator[Page]:
    """Every page, in the order in which addresses are tried."""
    for one in (signing, home, licence):
        yield from one.PAGES


class ConsoleApp:
    """Serves the pages by which people sign in, and see and steer what happens in their organisation."""

    def __init__(self, kit: Kit) -> None:
        self._router = kit.router(pages())
        self._style = kit.style()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = self._asset(Request(scope)) or self._router
        await answer(scope, receive, send)

    def _asset(self, request: Request) -> Response | None:
        if request.scope["path"] == STYLE and request.method in ("GET", "HEAD"):
            return self._style
        return None
