"""Context: the one door of a handler."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel

from eyeot.declare.access import Reach
from eyeot.declare.anyref import RecordRef
from eyeot.declare.citing import Held
from eyeot.declare.inputs import Inputs
from eyeot.declare.licence import Licence, Pack
from eyeot.declare.outside import Outside
from eyeot.declare.query import Exported, Figures, Form, Page, Query
from eyeot.declare.record import Record
from eyeot.declare.signature import Signature
from eyeot.declare.store import Kept
from eyeot.declare.telling import Telling

if TYPE_CHECKING:
    from eyeot.declare.contribution import Contribution
    from eyeot.declare.event import Event, EventType
    from eyeot.declare.job import Job
    from eyeot.declare.privacy import Gathered
    from eyeot.declare.problem import UnreadIdentifier

R = TypeVar("R", bound=Record)
C = TypeVar("C", bound="Contribution")


class Context(Telling, Protocol):
    """What a handler may do. It cannot commit, send, sleep, read the clock or see another organisation."""

    org_id: UUID
    user_id: UUID | None
    credential_id: UUID | None
    """The key or grant that calls; none for people and the system."""
    team_ids: tuple[UUID, ...]
    actor: str
    """The name of the credential or person that calls."""
    locale: str
    """The language to write to the caller in, e.g. fr."""
    public_url: str
    """Scheme, host and port under which this deployment is reached, without a trailing slash."""
    held_to: Held | None
    """What the caller's citations are held to; nothing for people and where it is switched off."""
    in_background: bool
    """Whether this is the work of a job, for which nobody waits."""
    by_hand: bool
    """Whether a person calls, at the console or the command line; never a key, a job or a reaction."""
    job_id: UUID | None
    """The job that this is a step of."""
    now: datetime
    reach: Reach
    audit_keys: tuple[str, ...]
    """The public keys that sign this deployment's checkpoints of the audit, newest first."""
    inputs: Inputs
    """What the caller can be asked for, and what it answered."""
    after_gap: bool
    """In an `after` reaction: an earlier event of the same record was given up, and so is missing."""

    @property
    def outside(self) -> Outside:
        """What the deployment can send, and how it keeps the secrets for that."""

    @property
    def modules(self) -> frozenset[str]:
        """The modules installed and in use here; of another one there is nothing, not even a table."""

    @property
    def timezone(self) -> str:
        """The organisation's time zone."""

    @property
    def licence(self) -> Licence:
        """The organisation's licence as it stands; without one, the individual plan."""

    def check_seats(self, people: int) -> None:
        """Refuse (402) more active people than the licence has seats for."""

    def signed_licence(self, text: str) -> Pack:
        """The pack of a licence that a key which this product trusts signed, or `Invalid`."""

    @property
    def asker(self) -> dict[str, Any]:
        """Who calls, as far as work in their name needs to know it later."""

    @property
    def today(self) -> date:
        """The date in the organisation's time zone."""

    def allows(self, permission: str, reach: Reach = Reach.OWN) -> bool:
        """Whether the caller holds a permission, at least this far."""

    def holds(self, permission: str) -> bool:
        """Whether the caller holds one by its very name, which something here needs; no wildcard."""

    async def unread(
        self, held: Held, action: str, rows: Mapping[int, BaseModel]
    ) -> "dict[int, UnreadIdentifier]":
        """The rows, by number, that must not become that action's calls: they name what was not shown.

        Nothing is looked up but what was shown. Where it is not enforced, none: they are only noted.
        """

    async def get(
        self, record: type[R], id: UUID, *, lock: bool = False, beyond: bool = False
    ) -> R:
        """The record of that id within the caller's reach, or `NotFound`.

        `beyond`: whatever the reach, for what follows from a record that is within it; never for an id
        that the caller gave.
        """

    async def open(self, ref: RecordRef, *, lock: bool = False, write: bool = False) -> Record:
        """The record of any kind that is named, within what the caller may `get`, or `NotFound`.

        Whatever the action's own grant: each kind is read as far as the caller may read it. `write`: the
        caller must be allowed to `update` it as well, or `OutOfReach`.
        """

    async def organization(self) -> Any:
        """The organisation's own record (`core.organization`): its name, identifiers, currency and regime."""

    async def find(
        self, record: type[R], *where: Any, order: Any = None, limit: int | None = None
    ) -> list[R]:
        """The records within reach that meet the conditions (on `Record.c`), archived ones too.

        Refused, rather than cut, when there are more than 10,000 and no limit was given.
        """

    async def first(self, record: type[R], *where: Any, order: Any = None) -> R | None:
        """The first of `find`."""

    async def rows(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        """Rows of a query; add `ctx.within(Record)` to its conditions to keep to the caller's reach."""

    def within(self, record: type[Record]) -> sa.ColumnElement[bool]:
        """The condition that keeps a query to this caller's organisation and reach."""

    def draft(self, record: R) -> R:
        """Give a new record its id, so that `get` finds it; `add` writes it once it is complete."""

    async def add(self, record: R) -> R:
        """Insert a record; what it refers to must be within reach."""

    def let_go(self, record: Record) -> None:
        """Have a record written no more by this call, so that many of them cost no look at each other."""

    def touch(self, record: Record) -> None:
        """Count a record as changed, though only what it shows inline was."""

    async def save(self, record: Record) -> None:
        """Write a changed record now; changed records are written at the end anyway."""

    async def delete(self, record: Record) -> None:
        """Delete a record that nothing refers to."""

    def attempt(self) -> AbstractAsyncContextManager["Context"]:
        """A part of the work, with a context of its own, that is undone alone when it is refused.

        A record held before is read again through the context that is used next.
        """

    async def call(self, action: str, arguments: dict[str, Any]) -> Any:
        """What another action answers, run as a part of this one under its own permission and rules.

        A record among it is written already: `get` it to change it.
        """

    async def enqueue(
        self,
        job: "Job | str",
        data: BaseModel,
        *,
        total: int | None = None,
        at: datetime | None = None,
    ) -> Record:
        """Have a job done once this is committed, in the name of whoever calls; the `core.job` that waits.

        `at`: not before then.
        An action by its name is one too: it is run with this input, and may find itself `in_background`.
        """

    def offers(self, action: str) -> bool:
        """Whether an action is installed, in use here, and one that the caller may run."""

    def filters(self, record: type[Record], given: dict[str, Any], *, path: str = "query") -> Query:
        """The query of conditions written as the arguments of that record's list; `Invalid` else."""

    async def matching(
        self,
        record: type[Record],
        query: Query,
        *,
        among: Sequence[UUID] | None = None,
        limit: int = 10_000,
    ) -> list[UUID]:
        """The ids of the records within reach that meet typed conditions, oldest first."""

    async def merge(
        self,
        keep: Record,
        drop: Record,
        choices: Mapping[str, Literal["keep", "drop"]] | None = None,
    ) -> dict[str, int]:
        """Make two records of a kind one: whatever names `drop`, in any module, names `keep` then.

        `keep` takes over what it lacks, lists together, and the fields chosen to be `drop`'s. Where two rows
        would become the same, they are merged too. `drop` is deleted, and its id leads to `keep` for ever.
        Answers how many records of each kind were moved.
        """

    async def forget(self, record: Record) -> int:
        """Erase what tells of the person that a record is about, in every module; how many records."""

    def check(self, action: str, arguments: dict[str, Any]) -> BaseModel:
        """An action's input; refused when the caller could not run it later, or it would not take that."""

    async def keep(self, content: bytes | BinaryIO) -> Kept:
        """Keep bytes, or a file of them, with this change: written just before COMMIT, never in a dry run.

        64 MiB at most. What nothing in the database names by its digest is swept away after a day.
        """

    def content(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes that were kept under a digest, piece by piece; `NotFound` when they are lost."""

    def sign(self, text: str) -> Signature:
        """Sign a text with the key of this deployment's audit; `Conflict` where it has none."""

    def verify(self, text: str, signature: Signature) -> bool:
        """Whether the key that a signature names did sign the text; `audit_keys` are this deployment's."""

    def event_types(self) -> "Sequence[EventType]":
        """What can happen in the modules in use here and may be told to others, by name."""

    def contributed(self, kind: type[C]) -> "tuple[list[C], list[str]]":
        """What the modules in use here add of a kind, and the permissions that are lacking for the rest."""

    def emit(self, event: "Event") -> None:
        """Tell that something happened: reactions within the transaction now, others after it."""

    async def gather(self, subject: RecordRef) -> "list[Gathered]":
        """Every row, of all modules in use here, that tells something of the person that a record is.

        Whatever the caller may read: only for who handles that person's own request.
        """

    async def restrict(self, rows: "Sequence[Gathered]") -> list[Record]:
        """Put rows of a person away, as each module does that; those that were."""

    async def attached(self, rows: Sequence[Record]) -> list[Record]:
        """The documents that hang on records, whoever may read them, a thousand at most."""

    async def number(self, code: str, *, on: date, record: RecordRef | None = None) -> str:
        """The next number of a sequence, taken in this transaction: for what is posted, never for a draft.

        `on`: the date that the piece bears; one before the last number's date is refused. `record`: what
        bears it. In a dry run it is read ahead without a lock, so that another may get it first.
        """

    async def view(self, record: Record) -> dict[str, Any]:
        """The record as this caller may see it."""

    async def show(
        self, record: type[Record], id: UUID, fields: Sequence[str] = ()
    ) -> dict[str, Any]:
        """One record as this caller may see it, straight from the database."""

    async def page(self, record: type[Record], query: Query) -> Page:
        """A page of records that meet typed conditions."""

    async def aggregate(
        self, record: type[Record], query: Query, figures: Figures
    ) -> dict[str, Any]:
        """Figures over the records that meet typed conditions, by up to three dimensions."""

    async def export(self, record: type[Record], query: Query, form: Form) -> Exported | None:
        """The records that meet typed conditions as a file, as this caller sees them.

        None when they are more than 5,000, which is too long for a call that is not `in_background`.
        """

    def sheet(self, form: Form, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
        """Rows as a CSV or XLSX file, in the way of who reads it."""

    async def count(self, record: type[Record], query: Query) -> int:
        """How many records meet the conditions."""

    async def lookup(self, words: str, kinds: Sequence[str], limit: int) -> list[dict[str, Any]]:
        """Records found by words, tolerant of typos and accents."""

    def opened(self, changes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Changes that the audit keeps, as this caller may see them: sensitive values by permission."""

    async def history(
        self, record: type[Record], id: UUID, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """The changes of one record, newest first."""
