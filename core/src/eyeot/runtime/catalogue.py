"""Catalogue: everything the installed plugins declare, assembled once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from eyeot.declare.access import Access, Reach
from eyeot.declare.action import Action
from eyeot.declare.event import Event, EventType, Reaction
from eyeot.declare.job import Job
from eyeot.declare.layout import Layout
from eyeot.declare.plugin import Plugin
from eyeot.declare.prompt import Prompt
from eyeot.declare.provider import Provider
from eyeot.declare.public import PublicPage
from eyeot.declare.record import Record
from eyeot.declare.resource import Prepare, Resource
from eyeot.declare.tool import McpResource, Tool
from eyeot.runtime.eventtypes import event_types

_MOST_NARROWED = 64
"""Different sets of disabled modules that are remembered."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A plugin that did not load, and why."""

    name: str
    reason: str


Wrap = Callable[[Action], Action | None]


@dataclass(frozen=True, slots=True)
class Wrapped:
    """An action as its module declares it, and the wraps around its handler, innermost first."""

    declared: Action
    wraps: tuple[tuple[str, Wrap], ...]
    """The plugin that wraps, and how."""

    def without(self, modules: frozenset[str]) -> Action:
        """The action with the wraps of the other plugins only."""
        found = self.declared
        for plugin, wrap in self.wraps:
            if plugin not in modules and (made := wrap(found)) is not None:
                found = replace(found, handler=made.handler)
        return found


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
    layouts: dict[str, Layout] = field(default_factory=dict)
    """How papers look, by name."""
    providers: dict[str, Provider] = field(default_factory=dict)
    """Who outside may be asked, by name."""
    public_pages: dict[str, PublicPage] = field(default_factory=dict)
    """What people outside see who hold a link, by name."""
    wraps: tuple[tuple[str, str], ...] = ()
    """Wrapped action, and the plugin that wraps it, in order."""
    failures: tuple[Failure, ...] = ()
    modules: frozenset[str] = field(default_factory=frozenset)
    wrapped: dict[str, Wrapped] = field(default_factory=dict)
    """The wrapped actions as they were declared, with what wraps them."""
    waiting: dict[str, str] = field(default_factory=dict)
    """Actions that are left out, and the module that each of them waits for."""
    disabled: frozenset[str] = frozenset()
    """Modules that are installed and left out of this catalogue."""

    def callable_by(self, access: Access) -> Iterator[Action]:
        """The actions that a caller may use and see."""
        return (one for one in self.actions.values() if self.shows(one, access))

    def shows(self, action: Action, access: Access) -> bool:
        """Listed ⊆ allowed: an action is shown only to who may run it."""
        if action.name in access.actions:
            return action.surface != "operator"
        # What everybody does for themselves at the console is of no use to a key.
        return action.scope_free and action.surface == "any"

    def prompts_for(self, access: Access) -> list[Prompt]:
        """The prompts all of whose actions a caller may run."""
        return [
            one
            for one in self.prompts.values()
            if all(self.shows(self.actions[name], access) for name in one.needs)
        ]

    def without(self, modules: frozenset[str]) -> "Catalogue":
        """What is left when some modules are switched off: as if they were not installed."""
        if modules <= self.disabled:
            return self
        found = self._narrowed.get(modules)
        if found is None:
            if len(self._narrowed) >= _MOST_NARROWED:
                self._narrowed.clear()
            found = self._narrowed[modules] = self._without(modules)
        return found

    @cached_property
    def _narrowed(self) -> "dict[frozenset[str], Catalogue]":
        return {}

    def _without(self, modules: frozenset[str]) -> "Catalogue":
        gone = {r.name for p in self.plugins if p.name in modules for r in p.reactions()}
        actions = {
            n: one
            for n, one in self.actions.items()
            if modules.isdisjoint((one.module, one.beside))
        }
        waiting = {
            n: one.beside
            for n, one in self.actions.items()
            if one.beside in modules and one.module not in modules
        }
        for name in self.wrapped.keys() & actions.keys():
            actions[name] = self.wrapped[name].without(modules)
        return replace(
            self,
            plugins=tuple(one for one in self.plugins if one.name not in modules),
            actions=actions,
            resources={
                n: one for n, one in self.resources.items() if n.partition(".")[0] not in modules
            },
            reactions={
                event: tuple(one for one in found if one.name not in gone)
                for event, found in self.reactions.items()
            },
            tools={n: one for n, one in self.tools.items() if one.action in actions},
            jobs={n: one for n, one in self.jobs.items() if n.partition(".")[0] not in modules},
            layouts={n: one for n, one in self.layouts.items() if one.module not in modules},
            public_pages=_kept(self.public_pages, modules),
            prompts={n: one for n, one in self.prompts.items() if actions.keys() >= set(one.needs)},
            mcp_resources={
                n: one
                for n, one in self.mcp_resources.items()
                if one.record.partition(".")[0] not in modules
            },
            wraps=tuple(one for one in self.wraps if one[0] in actions and one[1] not in modules),
            modules=self.modules - modules,
            waiting={**self.waiting, **waiting},
            disabled=self.disabled | modules,
        )

    @cached_property
    def preparers(self) -> dict[type[Record], Prepare]:
        """What completes a record of each kind before it is written first."""
        found = {one.record: one.prepare for one in self.resources.values()}
        return {record: prepare for record, prepare in found.items() if prepare}

    @cached_property
    def event_types(self) -> dict[str, EventType]:
        """What may be told outside, by name."""
        return event_types(self.resources, self.events, self.modules)

    @cached_property
    def everything(self) -> Access:
        """The access of the deployment's own command line and work: all of it, wherever it reaches."""
        names = {one.needs for one in self.actions.values()}
        fields = (f for r in self.resources.values() for f in r.record.meta.fields.values())
        names |= {one.sensitive for one in fields if one.sensitive}
        names |= {name for plugin in self.plugins for name in plugin.permissions}
        held = dict.fromkeys({*names, "*"}, Reach.ORGANISATION)
        actions = dict.fromkeys(self.actions, Reach.ORGANISATION)
        return Access(actions, held, "operator", self.disabled)

    @cached_property
    def tool_order(self) -> tuple[Tool, ...]:
        """Tools in a fixed order, so that prompts can be cached."""
        return tuple(self.tools.values())


def _kept(pages: dict[str, PublicPage], modules: frozenset[str]) -> dict[str, PublicPage]:
    """The pages of modules that are not switched off."""
    return {name: one for name, one in pages.items() if one.module not in modules}
