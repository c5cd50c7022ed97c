"""Events: things that happened, and the reactions to them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from eyeot.declare.context import Context


class Event(BaseModel):
    """Something that happened, told to reactions, webhooks and the audit by its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""

    def __init_subclass__(cls, *, name: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = name


class RecordEvent(Event):
    """A record was created, updated, archived or deleted; every write emits it as `<record>.<what>`."""

    kind: str
    id: UUID
    what: Literal["created", "updated", "deleted"]
    fields: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """`crm.customer.created`."""
        return f"{self.kind}.{self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """A kind of event as those outside are told of it: its name, when it happens and what it carries."""

    name: str
    doc: str
    payload: dict[str, Any]
    """The JSON Schema of what it carries, with identifiers as TypeIDs."""

    @property
    def module(self) -> str:
        """The plugin it belongs to."""
        return self.name.partition(".")[0]


E = TypeVar("E", bound=Event)
When = Literal["within", "after"]
React = Callable[[Context, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a plugin does when an event happened."""

    event: str
    when: When
    handler: React
    name: str

    @property
    def doc(self) -> str:
        """What it does, in a sentence."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0]


def _reaction(event: type[Event] | str, when: When) -> Callable[[React], Reaction]:
    name = event if isinstance(event, str) else event.name

    def made(handler: React) -> Reaction:
        return Reaction(name, when, handler, f"{handler.__module__}.{handler.__qualname__}")

    return made


def within(event: type[Event] | str) -> Callable[[React], Reaction]:
    """React in the same transaction: may refuse it, and its changes are the action's changes."""
    return _reaction(event, "within")


def after(event: type[Event] | str) -> Callable[[React], Reaction]:
    """React later, in a unit of work of its own, at least once."""
    return _reaction(event, "after")
