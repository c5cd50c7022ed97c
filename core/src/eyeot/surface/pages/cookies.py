"""Cookies: four, for this host alone, never sent in clear nor shown to scripts (RFC 6265bis §4.1.3)."""

from starlette.requests import Request
from starlette.responses import Response

OURS = "__Host-eyeot_"
SESSION = "__Host-eyeot_session"
VISITOR = "__Host-eyeot_visitor"
"""Tells one browser from another before anybody signs in, so that its forms are known as its own."""
DEVICE = "__Host-eyeot_device"
"""Tells a browser that somebody signed in with, which wrong passwords from elsewhere do not hold up."""
LANGUAGE = "__Host-eyeot_language"
"""The language that a reader chose, before and beside what their account says."""
_LONGEST = 100
_YEAR = 365 * 24 * 3600


def read(request: Request, name: str) -> str:
    """A cookie's value; empty when there is none that we could have made."""
    value = request.cookies.get(name, "")
    return value if len(value) <= _LONGEST else ""


def give(response: Response, name: str, value: str) -> None:
    """Set a cookie until the browser is closed; the server ends it earlier."""
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="lax")


def keep(response: Response, name: str, value: str) -> None:
    """Set a cookie for a year: a preference, or what tells a browser; it opens nothing."""
    response.set_cookie(
        name, value, max_age=_YEAR, path="/", secure=True, httponly=True, samesite="lax"
    )


def take(response: Response, name: str) -> None:
    """Remove a cookie."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
