"""Eras: the revisions of the protocol that are served, and how each is answered, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from eyeot.surface.mcp import wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Era:
    """How the requests of one family of revisions are read and answered."""

    name: str
    statuses: Mapping[int, int]
    """HTTP status by error code; 200 for the others."""
    complete: bool = False
    """Results say that they are complete, who answers, and how long they may be kept."""
    repeated: bool = False
    """Headers must repeat the version, method and name of the body."""
    plain: bool = False
    """Refusals are JSON-RPC errors under their true HTTP status."""
    cancels: bool = False
    """A client that leaves cancels its call."""
    resource_missing: int = wire.INVALID_PARAMS

    def status(self, fault: wire.Fault) -> int:
        """The HTTP status of a fault."""
        return fault.status or self.statuses.get(fault.code, 200)


_ENVELOPE = {wire.PARSE_ERROR: 400, wire.INVALID_REQUEST: 400}
_LADDER = {
    **_ENVELOPE,
    wire.INVALID_PARAMS: 400,
    wire.HEADER_MISMATCH: 400,
    wire.MISSING_CAPABILITY: 400,
    wire.UNSUPPORTED_VERSION: 400,
    wire.METHOD_NOT_FOUND: 404,
}

MODERN = Era(
    name="modern",
    statuses=MappingProxyType(_LADDER),
    complete=True,
    repeated=True,
    cancels=True,
)
SKEWED = replace(MODERN, name="skewed", repeated=False)
"""Modern bodies under an older or absent header, as some connectors send them (digest §2.4)."""

# These clients take a 4xx for a broken transport, and a broken connection is not a cancel.
LEGACY = Era(
    name="legacy",
    statuses=MappingProxyType(_ENVELOPE),
    resource_missing=wire.RESOURCE_NOT_FOUND_BEFORE_2026,
)
PLAIN = Era(
    name="plain",
    statuses=MappingProxyType({**_LADDER, wire.INTERNAL_ERROR: 500}),
    plain=True,
    cancels=True,
)

VERSIONS: Mapping[str, Era] = MappingProxyType(
    {
        "2026-07-28": MODERN,
        "2025-11-25": LEGACY,
        "2025-06-18": LEGACY,
        "2025-03-26": LEGACY,
        "2024-11-05": LEGACY,
    }
)
"""Every revision served, newest first."""

ADVERTISED = tuple(version for version in VERSIONS if version > "2025")
LATEST_LEGACY = next(version for version, era in VERSIONS.items() if era is LEGACY)


def era_of(version: str | None) -> Era | None:
    """The era of a version, or None when it is not served."""
    return VERSIONS.get(version) if version is not None else None


def unsupported(requested: str) -> wire.Fault:
    """The error that names what is served instead."""
    return wire.Fault(
        wire.UNSUPPORTED_VERSION,
        f"Protocol version {requested[:40]!r} is not served.",
        {"supported": list(ADVERTISED), "requested": requested},
        status=400,
    )


def negotiated(requested: object) -> str:
    """The version an `initialize` is answered with: never an error, never a modern one."""
    if isinstance(requested, str) and era_of(requested) is LEGACY:
        return requested
    return LATEST_LEGACY
