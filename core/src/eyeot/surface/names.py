"""Names: under which this server answers, and which web pages may call it."""

from collections.abc import Iterable
from urllib.parse import urlsplit

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Names:
    """What keeps a web page from reaching a server of one's own under a name of its own (DNS rebinding)."""

    def __init__(
        self,
        public_url: str,
        allowed_hosts: Iterable[str] = (),
        allowed_origins: Iterable[str] = (),
    ) -> None:
        own = urlsplit(public_url)
        names = {*allowed_hosts, *_LOOPBACK, own.netloc, own.hostname or ""} - {""}
        self._hosts = {name.lower().encode() for name in names}
        self._origins = {one.lower().rstrip("/").encode() for one in allowed_origins}

    def hosts(self, host: bytes | None) -> bool:
        """Whether the header `Host` names this server."""
        named = (host or b"").lower()
        return named in self._hosts or _bare(named) in self._hosts or b"*" in self._hosts

    def welcomes(self, origin: bytes | None, host: bytes | None) -> bool:
        """Whether the web page that calls, if one does, may: the header `Origin`."""
        if origin is None:
            return True
        lowered, named = origin.lower(), (host or b"").lower()
        return lowered in self._origins or lowered in (b"http://" + named, b"https://" + named)


def _bare(host: bytes) -> bytes:
    name, colon, port = host.rpartition(b":")
    return name if colon and port.isdigit() else host
