"""Call: one call on its way through the path."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from eyeot.declare.access import Reach
from eyeot.declare.action import Action
from eyeot.runtime import audit
from eyeot.runtime.audit import Outcome
from eyeot.runtime.request import Request


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

    def told(self, id: UUID, at: datetime, outcome: Outcome) -> dict[str, Any]:
        """Its audit event."""
        outcome.duration_ms = (time.perf_counter() - self.started) * 1000
        return audit.event(id, at, self.request, self.action, outcome)
