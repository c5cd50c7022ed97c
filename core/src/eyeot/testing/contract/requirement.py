"""Requirement: one thing that every action of a plugin must keep, and how it is tried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from eyeot.declare.action import Action
from eyeot.testing.contract.stage import Stage

TELLS_OF_CALLS = frozenset(
    {
        "core.audit_event",
        "core.api_key.usage",
        "core.report.audit_trail",
        "core.report.agent_activity",
        "core.report.access_review",
    }
)
"""The record and the reports that answer otherwise each time, since they tell of the question too."""
LOG = "core.audit_event"
"""The one kind of record of which every call makes another."""
Try = Callable[[Stage, Action], Awaitable[None]]
Applies = Callable[[Action], bool]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is promised, in a sentence, to which actions, and the check that proves it."""

    id: str
    sentence: str
    applies: Applies
    check: Try


def runnable(action: Action) -> bool:
    """An action that can be tried on an organisation that exists."""
    return action.surface != "operator" or bool(action.examples)


def writes(action: Action) -> bool:
    """A runnable action that changes something."""
    return runnable(action) and not action.reads


def reads(action: Action) -> bool:
    """A runnable action that changes nothing."""
    return runnable(action) and action.reads


def every(_: Action) -> bool:
    """Every action."""
    return True
