"""Resources: a record with its standard verbs and its lifecycle."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from eyeot.declare.action import SurfaceRule
from eyeot.declare.context import Context
from eyeot.declare.lifecycle import Lifecycle
from eyeot.declare.lines import Belonging, Lines, belonging, documents
from eyeot.declare.record import Record

PROFILES: dict[str, frozenset[str]] = {
    name: frozenset(verbs.split())
    for name, verbs in {
        "master": "list get create update archive restore search count aggregate export import bulk_create"
        " bulk_update history duplicate attach_document list_documents comment list_comments",
        "doc": "list get create update delete search count aggregate export history duplicate attach_document"
        " list_documents comment list_comments",
        "entry": "list get create update delete search count aggregate export import bulk_create"
        " bulk_update history",
        "config": "list get create update archive restore",
        "line": "list get create update delete",
        "ledger": "list get search count aggregate export",
        "log": "list get search count export",
        "-": "",
    }.items()
}
"""The standard verbs of each profile (catalogue A.1)."""

Prepare = Callable[[Context, Any, dict[str, Any]], Awaitable[None]]
Profile = Literal["master", "doc", "entry", "config", "line", "ledger", "log", "-"]


@dataclass(frozen=True, eq=False)
class Resource:
    """What people work with: a record, its verbs, its lifecycle and its names.

    en, fr: `singular; plural; synonym; …`; `gender` is the French noun's. `prepare` completes a record on
    create and update, before it is written: it may set computed fields, add other records and refuse.
    """

    record: type[Record]
    profile: Profile = "-"
    en: str = ""
    fr: str = ""
    gender: Literal["m", "f"] = "m"
    adding: str = ""
    without: str = ""
    lifecycle: Lifecycle | None = None
    prepare: Prepare | None = None
    example: dict[str, Any] | None = None
    find: dict[str, Any] = field(default_factory=dict)
    """An example of list arguments, when the natural one is not enough."""
    surfaces: dict[str, SurfaceRule] = field(default_factory=dict)
    """Verbs that are not ordinary: `{"create": "human"}`."""
    permissions: dict[str, str] = field(default_factory=dict)
    unlicensed: tuple[str, ...] = ()
    """Verbs and steps that run whatever the licence, since they cut power; `export` always does."""
    fresh: tuple[str, ...] = ()
    """Verbs by which somebody may come to do more: at the console only just after a proof (step-up)."""
    afresh: tuple[str, ...] = ()
    """Fields that a duplicate does not take over, beside the unique and computed ones."""
    parts: tuple[str, ...] | None = None
    """Kinds that a duplicate takes along; left out, those that are deleted with it."""
    sleeping: str = ""
    """A time until which a record is left out of lists and counts, unless they ask by it."""
    kept: tuple[str, ...] = ()
    """States in which a record is never deleted."""
    editable: tuple[str, ...] = ()
    """The states in which it, and its lines, may be changed or deleted by hand; all when left out."""
    instead: str = ""
    """What is done instead of changing one that stands, in a sentence that names the action."""
    mutable: tuple[str, ...] = ()
    """The fields that may be changed in every state all the same."""
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What people say for a verb, in English and French: `{"create": ("price a job; …", "chiffrer; …")}`."""
    lines: Lines | None = None
    """What a document is made of."""
    partitioned: bool = False
    """Whether its table is one of partitions: the planner merges them where the tenant is set before only."""

    def __post_init__(self) -> None:
        """Let its lines find it."""
        if self.lines:
            belonging[self.lines.record.meta.name] = Belonging(self, self.lines)
            documents[self.record.meta.name] = self.lines

    @property
    def verbs(self) -> frozenset[str]:
        """The verbs it asks for."""
        return (PROFILES[self.profile] | set(self.adding.split())) - set(self.without.split())
