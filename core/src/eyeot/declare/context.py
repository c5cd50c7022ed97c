"""Context: the one door of a handler."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel

from eyeot.declare.access import Reach
from eyeot.declare.anyref import RecordRef
from eyeot.declare.blocks import Block
from eyeot.declare.citing import Held
from eyeot.declare.inputs import Inputs
from eyeot.declare.licence import Licence, Pack
from eyeot.declare.model import Input
from eyeot.declare.notice import Letter, Notice
from eyeot.declare.outside import Outside
from eyeot.declare.query import Exported, Figures, Form, Page, Query
from eyeot.declare.record import Record
from eyeot.declare.store import Kept

if TYPE_CHECKING:
    from eyeot.declare.event import Event, EventType
    from eyeot.declare.job import Job
    from eyeot.declare.problem import UnreadIdentifier

R = TypeVar("R", bound=Record)
F = TypeVar("F", bound=Input)


class Context(Protocol):
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
        self, job: "Job | str", data: BaseModel, *, total: int | None = None
    ) -> Record:
        """Have a job done once this is committed, in the name of whoever calls; the `core.job` that waits.

        An action by its name is one too: it is run with this input, and may find itself `in_background`.
        """

    def check(self, action: str, arguments: dict[str, Any]) -> BaseModel:
        """An action's input; refused when the caller could not run it later, or it would not take that."""

    async def keep(self, content: bytes | BinaryIO) -> Kept:
        """Keep bytes, or a file of them, with this change: written just before COMMIT, never in a dry run.

        64 MiB at most. What nothing in the database names by its digest is swept away after a day.
        """

    def content(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes that were kept under a digest, piece by piece; `NotFound` when they are lost."""

    def event_types(self) -> "Sequence[EventType]":
        """What can happen in the modules in use here and may be told to others, by name."""

    def emit(self, event: "Event") -> None:
        """Tell that something happened: reactions within the transaction now, others after it."""

    def notify(self, notice: Notice) -> None:
        """Have somebody told, with this change; a person is not told of what they did themselves.

        What an agent or a service does is not the act of the person that it acts for.
        """

    async def post(self, letter: Letter) -> None:
        """Send somebody an e-mail with a one-time link; only where the deployment sends mail (`outside`)."""

    async def heard(self, notices: Sequence[Notice]) -> int:
        """How many people these would reach, at once or after their quiet hours, as each prefers."""

    async def number(self, code: str, *, on: date, record: RecordRef | None = None) -> str:
        """The next number of a sequence, taken in this transaction: for what is posted, never for a draft.

        `on`: the date that the piece bears; one before the last number's date is refused. `record`: what
        bears it. In a dry run it is read ahead without a lock, so that another may get it first.
        """

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Tell how far a long action is."""

    def ask(self, key: str, message: str, form: type[F]) -> F:
        """What a person answered to a form; `InputRequired` until then, `Declined` if they would not.

        The call is made again from its beginning once there is an answer: ask before anything is looked up
        that may have changed since. Callers that cannot ask are refused, so offer them another way too.
        """

    def add_block(self, block: Block) -> None:
        """Show something beside the result: an image, a sound, a document, a link."""

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
