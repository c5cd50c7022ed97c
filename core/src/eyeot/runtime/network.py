"""Network: which addresses on it may be called in somebody's name, and which never."""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import idna

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_GLOBAL_6 = ip_network("2000::/3")
"""All that IANA has given out for hosts of IPv6; NAT64, mapped and unique local addresses lie elsewhere."""
_NEVER = tuple(
    ip_network(one)
    for one in (
        "100.64.0.0/10",  # shared between carriers and their customers, RFC 6598
        "168.63.129.16/32",  # the host of every virtual machine on Azure
        "192.0.0.0/24",  # protocols, RFC 6890; Oracle's cloud answers there
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "240.0.0.0/4",
        "2001::/23",  # Teredo and other protocols, RFC 2928
        "2002::/16",  # 6to4: any IPv4 address may stand in it
        "3fff::/20",  # for documentation, RFC 9637
        "5f00::/16",  # segment routing, RFC 9602
    )
)
_LOWEST_OTHER_PORT = 1024
_USUAL_PORTS = frozenset({80, 443})
_LONGEST = 2_000
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")
_BRACKETED = re.compile(r"\[[0-9a-f:.]+\]")
_UNWRITTEN = re.compile(r"[\x00-\x20\x7f\\]")


class Refused(Exception):
    """An address that is never called, and why."""


class Where:
    """An address that was taken apart: scheme, host in ASCII, port, and what is asked there."""

    __slots__ = ("host", "port", "scheme", "target")

    def __init__(self, url: str) -> None:
        if len(url) > _LONGEST or _UNWRITTEN.search(url):
            raise Refused("it is too long, or has blanks, backslashes or control characters in it")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as wrong:
            raise Refused(f"it cannot be read: {wrong}") from None
        if parts.scheme not in ("https", "http"):
            raise Refused("it must begin with https://")
        if "@" in parts.netloc or parts.fragment or url.endswith("#"):
            raise Refused("it must not hold a name, a password or a part after #")
        self.scheme = parts.scheme
        self.host = _ascii(parts)
        self.port = (443 if parts.scheme == "https" else 80) if port is None else port
        if self.port not in _USUAL_PORTS and self.port < _LOWEST_OTHER_PORT:
            raise Refused("its port belongs to another service; use 443, or one from 1024 up")
        path = parts.path or "/"
        self.target = f"{path}?{parts.query}" if parts.query else path
        if not self.target.isascii():
            raise Refused("write what is not ASCII in its path as %XX")


def _ascii(parts: SplitResult) -> str:
    """The host as DNS knows it; brackets are taken off."""
    name = parts.hostname or ""
    if _BRACKETED.match(parts.netloc.lower()) and literal(name.partition("%")[0]):
        return name
    if "[" in parts.netloc:
        raise Refused("its host is no IPv6 address")
    try:
        host = name if name.isascii() else idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        raise Refused("its host is not a name that can be looked up") from None
    if not _HOST.fullmatch(host.lower()):
        raise Refused("its host is not a name that can be looked up")
    return host.lower()


def literal(host: str) -> Address | None:
    """The address that a host stands for without being looked up, in any form that C libraries read."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        # 127.1, 0x7f.0.0.1 and 2130706433 are the loopback address too.
        return IPv4Address(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return None


def reachable(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Whether a resolved address may be called: one of the open Internet, or in a network that is allowed."""
    found = ip_address(address.partition("%")[0])
    if permitted(found, allowed):
        return True
    if isinstance(found, IPv6Address) and found not in _GLOBAL_6:
        return False
    return found.is_global and not found.is_multicast and not _within(found, _NEVER)


def permitted(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether the operator has allowed the network of an address; of a mapped one, that of its IPv4 form."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return _within(mapped or address, allowed)


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == one.version and address in one for one in networks)
