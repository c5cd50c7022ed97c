"""Requests and answers: what every surface builds, and what it gets back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from eyeot.declare.access import Access
from eyeot.declare.blocks import Block
from eyeot.declare.inputs import NO_INPUTS, Inputs
from eyeot.declare.licence import Licence
from eyeot.declare.problem import Problem
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.feed import Feed

ActorType = Literal["user", "agent", "service", "system"]
Provenance = Literal["enforce", "warn", "off"]
"""What becomes of a write that names records which its caller was not shown."""
Surface = Literal["mcp", "rest", "cli", "console", "job"]
Progress = Callable[[float, float | None, str | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, for which organisation, and what the credential may do."""

    org_id: UUID
    org_slug: str
    org_name: str
    actor_type: ActorType
    actor: str
    """The credential's or person's name, as people read it."""
    access: Access
    user_id: UUID | None = None
    """The person it acts for; `own` reach means this person."""
    team_ids: tuple[UUID, ...] = ()
    credential_id: UUID | None = None
    via: str = "key"
    locale: str = "fr"
    timezone: str = "Europe/Paris"
    provenance: Provenance = "enforce"
    licence: Licence | None = None
    """Its organisation's; none for the deployment's own work, which no licence holds."""


@dataclass(slots=True, kw_only=True)
class Request:
    """One call of one action."""

    action: str
    arguments: dict[str, Any]
    caller: Caller
    surface: Surface
    tool: str | None = None
    dry_run: bool = False
    client: str | None = None
    ip: str | None = None
    trace_id: str | None = None
    conversation: str | None = None
    """Which of the conversations that share a credential, as the client says; it gives no right."""
    progress: Progress | None = None
    inputs: Inputs = NO_INPUTS
    notes: list[str] = field(default_factory=list)
    also: Callable[[Any, dict[str, Any]], Awaitable[None]] | None = None
    """What the runtime itself writes in the action's transaction, given that and the answer."""


@dataclass(slots=True, kw_only=True)
class Answer:
    """What an action answered; `effects` for a dry run (design §5.5)."""

    result: dict[str, Any]
    effects: dict[str, Any] | None = None
    event_id: UUID | None = None
    blocks: tuple[Block, ...] = ()
    """What to show beside the result, where a surface can."""
    jobs: tuple[UUID, ...] = ()
    """The jobs that it began."""


@dataclass(slots=True, kw_only=True)
class BatchAnswer:
    """What the calls of a batch answered, in order; `effects` of all together for a dry run."""

    results: list[dict[str, Any]]
    effects: dict[str, Any] | None = None


class Engine(Protocol):
    """What surfaces see of the runtime: who calls, what is installed, and the one way to run an action."""

    catalogue: Catalogue
    public_url: str
    """Scheme, host and port under which this deployment is reached, without a trailing slash."""

    async def authenticate(
        self, token: str | None, ip: str | None, surface: Surface = "mcp"
    ) -> Caller:
        """The caller behind a credential, or `Unauthenticated`."""

    async def execute(self, request: Request) -> Answer:
        """Run one action through every guard, or raise a `Problem`. Cancelling the task rolls back."""

    async def execute_all(self, requests: Sequence[Request], *, dry_run: bool) -> BatchAnswer:
        """Run several calls of one caller in one transaction, all or nothing (design §6.1)."""

    async def refuse(self, request: Request, refused: Problem) -> None:
        """Audit what a surface refused at its own door, to a caller it knows."""


class EngineWithFeed(Engine, Protocol):
    """An engine that also tells what happens, for surfaces whose clients listen."""

    clock: Callable[[], datetime]
    feed: Feed
