"""Files: documents that somebody may read, and the background work that makes large ones."""

from starlette.responses import Response, StreamingResponse

from eyeot.platform.downloads import handed
from eyeot.runtime.request import Request
from eyeot.surface.download import disposition
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.headers import SAFE

_GUARDED = {**SAFE, "content-security-policy": "sandbox; default-src 'none'"}
"""Whatever the file is, no browser shall run it here."""


async def fetch(visit: Visit) -> Response:
    """A document's content."""
    browser = visit.browser
    asked = Request(
        action="core.document.get",
        arguments={"id": visit.request.path_params["id"]},
        caller=visit.person,
        surface="console",
        client=browser.agent,
        ip=browser.ip,
    )
    found = await handed(visit.engine, asked)
    headers = {
        **_GUARDED,
        "content-length": str(found.size),
        "content-disposition": disposition(found.filename),
    }
    return StreamingResponse(found.pieces, headers=headers, media_type=found.mime)


async def job(visit: Visit) -> Response:
    """How far a piece of background work is, and what came of it."""
    found = await visit.call("core.job.get", id=visit.request.path_params["id"])
    return visit.page("job.html", job=found)


PAGES = (
    Page(path="/console/documents/{id}", show=fetch),
    Page(path="/console/jobs/{id}", show=job),
)
