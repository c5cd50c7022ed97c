"""Call: one call on its way through the path."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel

from eyeot.declare.access import Reach
from eyeot.declare.action import Action
from eyeot.declare.citing import Held
from eyeot.runtime import audit
from eyeot.runtime.audit import Outcome
from eyeot.runtime.guards.idempotency import Once
from eyeot.runtime.ledger import holder_of
from eyeot.runtime.request import Request

if TYPE_CHECKING:
    from eyeot.runtime.guards.plan import Plan
    from eyeot.runtime.guards.provenance import Names


@dataclass(slots=True)
class Call:
    """One call on its way through the path, as far as the guards have come."""

    request: Request
    started: float
    action: Action | None = None
    reach: Reach = Reach.OWN
    data: BaseModel | None = None
    expected_version: int | None = None
    committing: bool = False
    given: dict[str, Any] = field(init=False)
    """Its arguments as they came, before references in them are replaced."""
    once: Once | None = None
    """Under its key, if it has one."""
    plan: "Plan | None" = None
    """The dry run that it commits."""
    tags: tuple[str, ...] = ()
    """What the audit says of it besides."""
    names: "Names | None" = None
    """The natural keys it cites, and what each was shown with."""

    def __post_init__(self) -> None:
        self.given = self.request.arguments

    def told(self, id: UUID, at: datetime, outcome: Outcome) -> dict[str, Any]:
        """Its audit event."""
        outcome.duration_ms = (time.perf_counter() - self.started) * 1000
        told = audit.event(id, at, self.request, self.action, outcome)
        told["tags"] += self.tags
        return told

    @property
    def is_foretold(self) -> bool:
        """Whether it commits what a dry run told, and did not come further than that told."""
        return self.plan is not None and not self.request.errands.sent

    @property
    def held_to(self) -> Held | None:
        """What the rows are held to that it brings or sets going, also when it is a job that makes it."""
        caller = self.request.caller
        if caller.provenance == "off" or caller.credential_id is None:
            return None
        holder = self.holder or holder_of(caller.credential_id, None)
        return Held(holder, caller.provenance == "enforce")

    @property
    def holder(self) -> UUID | None:
        """For whom is noted what it shows; nobody where citations are not checked."""
        caller = self.request.caller
        if (
            caller.provenance == "off"
            or caller.credential_id is None
            or self.request.surface == "job"
        ):
            return None
        return holder_of(caller.credential_id, self.request.conversation)
