"""Redirects: where an app may be answered, and nowhere else (RFC 6749 §3.1.2, RFC 8252, RFC 9700 §4.1)."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

_LONGEST = 2_000
# No blanks, quotes, backslashes, control characters or wildcards; a part after # is refused with them.
_WRITTEN = re.compile(r"[!$&'()+,\-./0-9:;=?@A-Z\[\]_a-z~%]+")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.\-]*[a-z0-9])?(?::[1-9]\d{0,4})?")
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|localhost|\[::1\]))(:\d{1,5})?([/?].*|)")
_REVERSED = re.compile(r"[a-z][a-z0-9\-]*(?:\.[a-z0-9][a-z0-9\-]*)+")
"""Schemes that are a domain of their app's maker, backwards (RFC 8252 §7.1); none of a system has a dot."""
_KNOWN = frozenset(
    {"claude", "cursor", "vscode", "vscode-insiders", "vscodium", "windsurf", "windsurf-next"}
)
"""Schemes of clients that keep to no such rule; any other may start a program that every machine has."""
_HIGHEST_PORT = 65_535


def fault(uri: str) -> str | None:
    """Why nobody is ever sent to an address; None when an app may register it."""
    if len(uri) > _LONGEST or not _WRITTEN.fullmatch(uri):
        return "it is too long, or holds blanks, quotes, wildcards, a part after # or other odd characters"
    if loopback(uri):
        return _path_fault(uri)
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return "it cannot be read"
    scheme = uri.partition(":")[0]
    if scheme not in ("https", *_KNOWN) and not _REVERSED.fullmatch(scheme):
        return (
            "it must begin with https://, with an app's own scheme as com.example.app:,"
            " or lead to the loopback address"
        )
    if "@" in parts.netloc:
        return "it must not hold a name or password"
    if scheme == "https" and (not _HOST.fullmatch(parts.netloc) or (port or 1) > _HIGHEST_PORT):
        return "its host must be written in small letters, digits and hyphens, its port as a number"
    return _path_fault(uri)


def _path_fault(uri: str) -> str | None:
    path = unquote(unquote(urlsplit(uri).path))
    if any(part in (".", "..") for part in path.replace("\\", "/").split("/")):
        return "its path must not hold . or .."
    return None


def loopback(uri: str) -> bool:
    """Whether it leads to a program on the reader's own machine."""
    found = _LOOPBACK.fullmatch(uri)
    return found is not None and int((found[2] or ":1")[1:]) in range(1, _HIGHEST_PORT + 1)


def matches(registered: Iterable[str], asked: str) -> bool:
    """Whether an app registered an address, to the letter; on the loopback address the port may differ."""
    if fault(asked) is not None:
        return False
    wanted = _portless(asked)
    return any(one == asked or (wanted and _portless(one) == wanted) for one in registered)


def _portless(uri: str) -> str | None:
    """A loopback address without its port, which such a program takes as it finds one (RFC 8252 §7.3)."""
    found = _LOOPBACK.fullmatch(uri) if loopback(uri) else None
    return found and found[1] + found[3]


def host(uri: str) -> str:
    """The host that people are told of; of an app's own scheme that scheme."""
    parts = urlsplit(uri)
    return (parts.hostname or "") if parts.scheme in ("http", "https") else f"{parts.scheme}:"


def source(uri: str) -> str:
    """What a content security policy calls it; it knows no IPv6 addresses."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or "[" in parts.netloc:
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"
