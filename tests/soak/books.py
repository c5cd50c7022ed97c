"""Books: what clients were told, to be held against what the database says afterwards."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(slots=True)
class Party:
    """A record as its clients know it."""

    org_id: UUID
    name: str
    version: int = 1
    website: str | None = None


@dataclass(slots=True)
class Done:
    """A write that was acknowledged."""

    org_id: UUID
    action: str
    traces: list[str]
    """Every request that was sent for it, the answered one last."""
    key: str | None
    calls: int = 1
    """How many audit events its one effect has."""


@dataclass(slots=True)
class Books:
    """What is known outside of the database."""

    parties: dict[str, Party] = field(default_factory=dict)
    """By id: what exactly one client changes."""
    shared: Counter[str] = field(default_factory=Counter)
    """By id: acknowledged changes of what several clients change."""
    websites: dict[str, set[str]] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    replayed: int = 0
    """Answers under the key of a write that had been acknowledged before."""
    answered: list[tuple[UUID, str, str, int]] = field(default_factory=list)
    """Organisation, trace, kind of outcome and number of calls of every answer."""
    imported: dict[UUID, list[str]] = field(default_factory=dict)
    """Names that jobs load, by organisation."""
    open: dict[str, str] = field(default_factory=dict)
    """Writes that were sent and never answered, by their key."""
    lost: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """What a client saw that must not be."""

    def add(self, org_id: UUID, id: str, name: str, website: str | None = None) -> None:
        """A record that was acknowledged."""
        if id in self.parties:
            self.wrong.append(f"{id} was answered to two creations, the second of {name}")
        self.parties[id] = Party(org_id, name, 1 if website is None else 2, website)
