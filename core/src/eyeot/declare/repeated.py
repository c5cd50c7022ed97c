"""Repeated: refusals of calls that are made again, under a key or as they were planned."""

from dataclasses import dataclass
from typing import Any, Literal

from eyeot.declare.problem import Problem, Unavailable


@dataclass(eq=False, kw_only=True)
class IdempotencyConflict(Problem):
    """The key was given with another call; of that one nothing is told."""

    status = 409
    message = "This idempotency_key belongs to another call."
    hint = "Give a new call a new UUID; repeat a call exactly as it was to get its answer again."


@dataclass(eq=False, kw_only=True)
class IdempotencyInProgress(Problem):
    """The same call is still running."""

    status = 409
    message = "The call with this idempotency_key is still running."
    hint = "Repeat it with the same idempotency_key in {retry_after} seconds to get its answer."
    retry_after: int = 2


@dataclass(eq=False, kw_only=True)
class PlanStale(Problem):
    """What a dry run told is not what the call would do now, or there is no such plan."""

    status = 409
    message = "{told}"
    hint = "{remedy}"
    reason: Literal["unknown", "arguments", "changed"]
    told: str
    remedy: str = "Call with dry_run: true again, and commit the plan_token that it gives."
    difference: list[dict[str, Any]] | None = None
    """Where the effects differ: path, what was planned, what it would be now."""

    def data(self) -> dict[str, Any]:
        """Why, and the difference; the rest is in the message and the hint."""
        found = {"reason": self.reason, "difference": self.difference}
        return {name: value for name, value in found.items() if value is not None}

    def body(self) -> dict[str, Any]:
        """The refusal."""
        told = {"code": self.code, "status": self.status, "message": self.told, "hint": self.remedy}
        return {**told, **self.data()}


@dataclass(eq=False, kw_only=True)
class InDoubt(Unavailable, code="unavailable"):
    """The connection broke while committing: nobody knows yet whether the change was made."""

    hint = "{remedy}"
    reason: str = "The connection broke while committing: the change was made, or it was not."
    remedy: str = (
        "Read back whether it was made before you repeat it;"
        " a call with an idempotency_key can be repeated without that."
    )
