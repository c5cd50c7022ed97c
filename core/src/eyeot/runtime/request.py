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
from eyeot.runtime.errands import NONE as NO_ERRANDS
from eyeot.runtime.errands import Errands
from eyeot.runtime.feed import Feed

ActorType = Literal["user", "agent", "service", "system"]
Provenance = Literal["enforce", "warn", "off"]
"""What becomes of a write that names records which its caller was not shown."""
Surface = Literal["mcp", "rest", "cli", "console", "job"]
Progress = Callable[[float, float | None, str | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person let an app do, when an app calls in their name."""

    client: str
    """The app's name, as it gives itself."""
    client_id: str
    scopes: tuple[str, ...]
    person: Access
    """What its person may, within the agent's ceiling: what of this the scopes leave out can be asked for."""


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
    agent_id: UUID | None = None
    """The agent whose key it is, when that is known as one (`core.agent_client`)."""
    approval: str = "none"
    """Which calls are to wait for a person's approval, by its policy; nothing holds them back yet."""
    licence: Licence | None = None
    """Its organisation's; none for the deployment's own work, which no licence holds."""
    consent: Consent | None = None
    """Of an app that calls with an OAuth token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """By what a write can be repeated safely, or commits a plan; as it came beside the arguments."""

    idempotency_key: Any = None
    header: Any = None
    """An idempotency key from a header, which some clients send with whatever they ask."""
    plan_token: Any = None


NO_KEYS = Keys()


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
    keys: Keys = NO_KEYS
    notes: list[str] = field(default_factory=list)
    errands: Errands = NO_ERRANDS
    """What providers outside answered to it so far."""
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
    plan_token: str | None = None
    """What commits a dry run."""
    replayed: bool = False
    """Whether it is the answer of an earlier call under the same key."""

    def told(self) -> dict[str, Any]:
        """The result as surfaces tell it: of a dry run with its effects, and how to commit them."""
        return self.result if self.effects is None else {**self.result, **_preview(self)}


@dataclass(slots=True, kw_only=True)
class BatchAnswer:
    """What the calls of a batch answered, in order; `effects` of all together for a dry run."""

    results: list[dict[str, Any]]
    effects: dict[str, Any] | None = None
    plan_token: str | None = None
    replayed: bool = False

    def told(self, results: list[Any] | None = None) -> dict[str, Any]:
        """The results, perhaps as a surface shows them; of a dry run with its effects."""
        told = {"results": self.results if results is None else results}
        return told if self.effects is None else {**told, **_preview(self)}


def _preview(answer: Answer | BatchAnswer) -> dict[str, Any]:
    told = {"dry_run": True, "effects": answer.effects}
    if answer.plan_token is None:
        return told
    return {**told, "plan_token": answer.plan_token, "commit": "repeat with plan_token"}


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

    async def execute_all(
        self, requests: Sequence[Request], *, dry_run: bool, keys: Keys = NO_KEYS
    ) -> BatchAnswer:
        """Run several calls of one caller in one transaction, all or nothing (design §6.1)."""

    async def refuse(self, request: Request, refused: Problem) -> None:
        """Audit what a surface refused at its own door, to a caller it knows."""


class EngineWithFeed(Engine, Protocol):
    """An engine that also tells what happens, for surfaces whose clients listen."""

    clock: Callable[[], datetime]
    feed: Feed
