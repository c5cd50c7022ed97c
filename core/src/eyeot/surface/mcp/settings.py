"""Settings: what a deployment may decide about its MCP address."""

from dataclasses import dataclass, field

from eyeot.surface.discovery import NOTHING, Discovery


@dataclass(frozen=True, slots=True, kw_only=True)
class McpSettings:
    """Who may knock, how much they may send, and how patient the address is."""

    allowed_hosts: frozenset[str] = field(default_factory=frozenset)
    """Host headers answered besides the public address and the loopback names; `*` answers any."""
    allowed_origins: frozenset[str] = field(default_factory=frozenset)
    """Web origins answered besides the host's own, e.g. `https://claude.ai`."""
    body_limit: int = 4 * 1024 * 1024
    answer_limit: int = 20_000
    """Characters of an answer's text; longer lists are cut and say so."""
    skew: bool = True
    """Serve clients whose header names an older version than their body does (digest §2.4)."""
    name: str = "eyeot"
    version: str = "0.1.0"
    watch_after: float = 0.05
    """Seconds before a call watches for its client leaving; most calls are answered earlier."""
    stream_after: float = 10.0
    """Seconds before a silent call is answered as a stream, so that no proxy gives up on it."""
    ping_every: float = 15.0
    """Seconds between the signs of life on a stream."""
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    """The deployment's secrets, newest first; every worker must have the same."""
    most_streams: int = 5_000
    """Clients that may listen at once on this worker."""
    most_streams_each: int = 100
    """Streams of one credential on this worker."""
    discovery: Discovery = NOTHING
    """What callers without a credential are told."""
