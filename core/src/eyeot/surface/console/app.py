"""App: the console's addresses."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eyeot.surface.console import (
    account,
    activity,
    agent,
    agents,
    apps,
    event,
    files,
    home,
    joining,
    keys,
    licence,
    modules,
    proving,
    record,
    resetting,
    roles,
    signing,
    teams,
    users,
)
from eyeot.surface.console.navigation import ENTRIES
from eyeot.surface.pages import Kit, Page

ROOT = "/console/"


def pages() -> Iterator[Page]:
    """Every page, in the order in which addresses are tried."""
    people = (signing, proving, resetting, joining, account, users, roles, teams)
    owner = (home, activity, event, record, agent, agents, keys, apps, modules, files, licence)
    for one in (*people, *owner):
        yield from one.PAGES


class ConsoleApp:
    """Serves the pages by which people sign in, and see and steer what happens in their organisation."""

    def __init__(self, kit: Kit) -> None:
        kit.entries = ENTRIES
        self._kit = kit
        self._router = kit.router(pages())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = self._asset(Request(scope)) or self._router
        await answer(scope, receive, send)

    def _asset(self, request: Request) -> Response | None:
        _, _, name = request.scope["path"].rpartition("/")
        reads = request.method in ("GET", "HEAD")
        return self._kit.asset(name) if reads and request.scope["path"] == ROOT + name else None
