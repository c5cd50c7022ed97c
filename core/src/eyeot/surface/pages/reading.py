"""Reading: a form that was sent, or why it cannot be read."""

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from eyeot.surface.wire import Gone, TooLarge, body_of

_MOST_FIELDS = 500
_LARGEST_BODY = 1024 * 1024


class Unreadable(Exception):
    """A request that no page can answer as it was meant; `status` says why (RFC 9110 §15.5)."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def form_of(request: Request) -> FormData:
    """The fields of a form; `Unreadable` when it is too large or none of ours."""
    declared = request.headers.get("content-length", "").encode("latin-1")
    try:
        body = await body_of(request.receive, declared, _LARGEST_BODY)
    except TooLarge:
        raise Unreadable(413) from None
    except Gone:
        raise ClientDisconnect from None

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    again = Request(request.scope, receive)
    try:
        form = await again.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_LARGEST_BODY)
    except (MultiPartException, HTTPException, ValueError):
        raise Unreadable(400) from None
    fields = form.multi_items()
    # No text in the database holds it, so that whatever reads one further on could only fail.
    if len(fields) > _MOST_FIELDS or any("\0" in f"{name}{value}" for name, value in fields):
        raise Unreadable(400)
    return form


def check_address(request: Request) -> None:
    """Refuse an address with a sign that no text of ours holds."""
    query = request.scope.get("query_string", b"")
    if "\0" in request.scope["path"] or b"%00" in query or b"\0" in query:
        raise Unreadable(400)
