"""Catalogue: everything the installed plugins declare, assembled once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from eyeot.declare.access import Access, Reach
from eyeot.declare.action import Action
from eyeot.declare.event import Event, Reaction
from eyeot.declare.job import Job
from eyeot.declare.plugin import Plugin
from eyeot.declare.prompt import Prompt
from eyeot.declare.record import Record
from eyeot.declare.resource import Prepare, Resource
from eyeot.declare.tool import McpResource, Tool


@dataclass(frozen=True, slots=True)
class Failure:
    """A plugin that did not load, and why."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Plain data: what is installed. No I/O, no state."""

    plugins: tuple[Plugin, ...]
    actions: dict[str, Action]
    resources: dict[str, Resource]
    reactions: dict[str, tuple[Reaction, ...]]
    events: dict[str, type[Event]]
    tools: dict[str, Tool]
    mcp_resources: dict[str, McpResource]
    prompts: dict[str, Prompt] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    wraps: tuple[tuple[str, str], ...] = ()
    """Wrapped action, and the plugin that wraps it, in order."""
    failures: tuple[Failure, ...] = ()
    modules: frozenset[str] = field(default_factory=frozenset)

    def callable_by(self, access: Access) -> Iterator[Action]:
        """The actions that a caller may use and see."""
        return (one for one in self.actions.values() if self.shows(one, access))

    def shows(self, action: Action, access: Access) -> bool:
        """Listed ⊆ allowed: an action is shown only to who may run it."""
        return action.surface != "operator" and (action.scope_free or action.name in access.actions)

    def prompts_for(self, access: Access) -> list[Prompt]:
        """The prompts all of whose actions a caller may run."""
        return [
            one
            for one in self.prompts.values()
            if all(self.shows(self.actions[name], access) for name in one.needs)
        ]

    @cached_property
    def preparers(self) -> dict[type[Record], Prepare]:
        """What completes a record of each kind before it is written first."""
        found = {one.record: one.prepare for one in self.resources.values()}
        return {record: prepare for record, prepare in found.items() if prepare}

    @cached_property
    def everything(self) -> Access:
        """The access of the deployment's own command line and work: all of it, wherever it reaches."""
        names = {one.needs for one in self.actions.values()}
        fields = (f for r in self.resources.values() for f in r.record.meta.fields.values())
        names |= {one.sensitive for one in fields if one.sensitive}
        actions = dict.fromkeys(self.actions, Reach.ORGANISATION)
        return Access(actions, dict.fromkeys({*names, "*"}, Reach.ORGANISATION), "operator")

    @cached_property
    def tool_order(self) -> tuple[Tool, ...]:
        """Tools in a fixed order, so that prompts can be cached."""
        return tuple(self.tools.values())
