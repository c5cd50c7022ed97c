"""Plugins: a value on an entry point that lists what a module declares."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar

from eyeot.declare.action import Action
from eyeot.declare.contribution import Contribution
from eyeot.declare.event import Event, Reaction
from eyeot.declare.invariant import Invariant
from eyeot.declare.job import Job
from eyeot.declare.layout import Layout
from eyeot.declare.privacy import Privacy, about, personal
from eyeot.declare.prompt import Prompt
from eyeot.declare.provider import Provider
from eyeot.declare.public import PublicPage
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.declare.starting import Starting
from eyeot.declare.tool import McpResource, Tool

T = TypeVar("T")
Grants = dict[str, str]
"""Permission → reach (`own`, `team`, `organisation`)."""


@dataclass(eq=False, kw_only=True)
class Plugin:
    """A module of the ERP: its declarations are found by type in `modules`, in the order written.

    Importing a plugin has no effect; assembly (`eyeot.app`) reads this value from the entry point
    group `eyeot`. Subclass it to implement the hooks of `eyeot.declare.hookspecs`.
    """

    name: str
    doc: str
    label: tuple[str, str] = ("", "")
    """What people call it, in English and French: `("Customers and deals", "Clients et affaires")`."""
    about: tuple[str, str] = ("", "")
    """What is in it, in words that follow its name: `("customers, contacts", "clients, contacts")`."""
    modules: tuple[ModuleType, ...] = ()
    roles: dict[str, Grants] = field(default_factory=dict)
    """Role name → grants that this plugin adds to it."""
    permissions: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Permissions beyond read, write and each action's own: name → what it permits, English and French."""
    migrations: str = ""
    """Dotted package of its Alembic revisions; empty when it has no table."""
    demo: Callable[..., Awaitable[None]] | None = None
    """Loads its part of the demo company."""
    demo_start: Callable[..., Awaitable[None]] | None = None
    """Loads what is of the day on which the demo is started, such as what the deployment seals."""
    version: str = ""
    requires: tuple[str, ...] = ()
    """Plugins it depends on; read from the distribution's metadata at assembly."""

    def _all(self, kind: type[T]) -> Iterator[T]:
        for module in self.modules:
            for value in vars(module).values():
                if isinstance(value, kind):
                    yield value

    def _own(self, values: Iterator[Any], name: Callable[[Any], str]) -> list[Any]:
        """Drop names imported from other plugins, and repeats."""
        seen: dict[str, Any] = {}
        for value in values:
            if name(value).partition(".")[0] == self.name:
                seen.setdefault(name(value), value)
        return list(seen.values())

    def resources(self) -> list[Resource]:
        """Its resources."""
        return self._own(self._all(Resource), lambda one: one.record.meta.name)

    def actions(self) -> list[Action]:
        """Its business actions; the standard verbs come from its resources."""
        return self._own(self._all(Action), lambda one: one.name)

    def reactions(self) -> list[Reaction]:
        """Its reactions, to its own events and to others'."""
        own = [one for one in self._all(Reaction) if one.handler.__module__ in self._module_names()]
        return list(dict.fromkeys(own))

    def jobs(self) -> list[Job]:
        """Its long-running work."""
        return self._own(self._all(Job), lambda one: one.name)

    def starting(self) -> list[Starting]:
        """The rows that organisations begin with, in the order they are declared."""
        return self._unique(Starting)

    def invariants(self) -> list[Invariant]:
        """What always holds in its tables."""
        return self._own(self._all(Invariant), lambda one: one.name)

    def contributions(self) -> list[Contribution]:
        """What it adds to answers that the core gives for all modules."""
        return self._own(self._all(Contribution), lambda one: one.name)

    def tools(self) -> list[Tool]:
        """The readable tools it offers to agents."""
        return self._unique(Tool)

    def providers(self) -> list[Provider]:
        """Who outside it asks."""
        return self._unique(Provider)

    def layouts(self) -> list[Layout]:
        """How its papers look."""
        return self._own(self._all(Layout), lambda one: one.name)

    def public_pages(self) -> list[PublicPage]:
        """What it shows to people outside who hold a link."""
        return self._own(self._all(PublicPage), lambda one: one.name)

    def prompts(self) -> list[Prompt]:
        """The requests it offers to people in their MCP client."""
        return self._unique(Prompt)

    def mcp_resources(self) -> list[McpResource]:
        """The records it offers as MCP resources."""
        return self._unique(McpResource)

    def records(self) -> list[type[Record]]:
        """Its tables."""
        found = [
            value
            for module in self.modules
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Record) and value is not Record
        ]
        return [one for one in dict.fromkeys(found) if one.meta.module == self.name]

    def privacy(self) -> list[Privacy]:
        """How its personal data is gathered and erased: as its plugin says, else as the marks say."""
        said = {one.record: one for one in self._all(Privacy)}
        marked = (one for one in self.records() if personal(one) or about(one))
        return [said.get(one) or Privacy(one) for one in marked]

    def events(self) -> list[type[Event]]:
        """The events it declares."""
        found = [
            value
            for module in self.modules
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Event) and value.name
        ]
        return [one for one in dict.fromkeys(found) if one.name.partition(".")[0] == self.name]

    def _unique(self, kind: type[T]) -> list[T]:
        out: list[T] = []
        for one in self._all(kind):
            if not any(one is other for other in out):
                out.append(one)
        return out

    def _module_names(self) -> set[str]:
        return {module.__name__ for module in self.modules}
